/** The editor, in a chunk of its own: Athena's dialect, completion from the catalog, a fault marked at its place, Ctrl Enter. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { PostgreSQL, SQLDialect, sql } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, setDiagnostics } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { CatalogTable } from './contract.ts';

/** Words and types of Athena (https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html). */
const athena = SQLDialect.define({
  ...PostgreSQL.spec,
  keywords: `${PostgreSQL.spec.keywords} unload optimize vacuum msck repair describe show databases tables partitions tblproperties`,
  types:
    'boolean tinyint smallint integer int bigint double real float decimal varchar char string date timestamp array map row json',
  builtin:
    'count sum avg min max approx_distinct count_if date_trunc date_diff coalesce json_extract_scalar cast try_cast',
  operatorChars: '+-*/<>=~!@#%^&|?',
});

const look = EditorView.theme({
  '&': { fontSize: 'var(--t-s)', backgroundColor: 'var(--surface)', color: 'var(--ink)' },
  '.cm-content': {
    fontFamily: 'var(--mono)',
    padding: '10px 0',
    caretColor: 'var(--ink)',
    minHeight: '132px',
  },
  '.cm-gutters': {
    backgroundColor: 'var(--surface)',
    color: 'var(--ink-3)',
    border: '0',
    fontFamily: 'var(--mono)',
  },
  '.cm-activeLine': { backgroundColor: 'color-mix(in oklab, var(--hover) 55%, transparent)' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    border: '1px solid var(--line-strong)',
    color: 'var(--ink)',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--accent)',
    color: 'var(--on-accent)',
  },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': {
    backgroundColor: 'var(--accent-wash) !important',
  },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--link)' },
  { tag: [tags.string, tags.number], color: 'var(--ok)' },
  { tag: [tags.standard(tags.name), tags.function(tags.variableName)], color: 'var(--warn)' },
  { tag: tags.comment, color: 'var(--ink-3)' },
]);

export interface SqlEditor {
  text(): string;
  setText(text: string): void;
  /** Marks the fault at a place from 1; without one nothing is marked. */
  mark(fault: { readonly line: number; readonly column: number; readonly message: string } | undefined): void;
  focus(): void;
  destroy(): void;
}

export function createEditor(
  parent: HTMLElement,
  options: {
    readonly text: string;
    readonly tables: readonly CatalogTable[];
    readonly onRun: () => void;
    readonly onChange: (text: string) => void;
  },
): SqlEditor {
  const schema = Object.fromEntries(
    options.tables.map(({ name, columns }) => [name, columns.map((column) => column.name)]),
  );
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        Prec.highest(
          keymap.of([
            {
              key: 'Mod-Enter',
              run: () => {
                options.onRun();
                return true;
              },
            },
          ]),
        ),
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        autocompletion(),
        sql({ dialect: athena, schema, upperCaseKeywords: false }),
        syntaxHighlighting(colours),
        // Tab moves on, so that the keyboard is not caught in the editor (WCAG 2.1.2).
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ 'aria-label': 'SQL statement' }),
        EditorView.lineWrapping,
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) options.onChange(state.doc.toString());
        }),
        look,
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    setText(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    mark(fault) {
      const diagnostics: Diagnostic[] = [];
      if (fault && fault.line <= view.state.doc.lines) {
        const line = view.state.doc.line(fault.line);
        const from = Math.min(line.from + fault.column - 1, line.to);
        const word = /^\w+/.exec(view.state.sliceDoc(from, line.to))?.[0].length ?? 1;
        diagnostics.push({
          from,
          to: Math.min(from + Math.max(1, word), view.state.doc.length),
          severity: 'error',
          message: fault.message,
        });
      }
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}
