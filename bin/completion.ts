/** Completion for shells, from the commands themselves: names, options and their choices, studies. */
import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What may follow the words so far. */
export interface CompletionEntry {
  /** `quarantine list`; empty for the first word. */
  readonly after: string;
  readonly words: readonly { readonly word: string; readonly help: string }[];
}

export function entriesOf(program: Command, studies: readonly string[]): CompletionEntry[] {
  const walk = (command: Command, after: string): CompletionEntry[] => {
    const [first] = command.registeredArguments;
    const words = [
      ...command.commands.map((sub) => ({ word: sub.name(), help: sub.description() })),
      ...(first?.argChoices ?? []).map((word) => ({ word, help: '' })),
      ...(first?.name() === 'study' ? studies.map((word) => ({ word, help: 'study' })) : []),
      ...command.options.map(({ long, description }) => ({ word: long!, help: description })),
    ];
    return [
      { after, words },
      ...command.commands.flatMap((sub) => walk(sub, `${after} ${sub.name()}`.trim())),
    ];
  };
  return walk(program, '');
}

/** The script that a shell reads, for the command `headwaters`. */
export function completionScript(shell: Shell, entries: readonly CompletionEntry[]): string {
  switch (shell) {
    case 'bash':
      return bash(entries);
    case 'zsh':
      // zsh runs bash's functions (https://zsh.sourceforge.io/Doc/Release/Completion-System.html, bashcompinit).
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(entries)}`;
    case 'fish':
      return fish(entries);
  }
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function bash(entries: readonly CompletionEntry[]): string {
  const cases = entries.map(
    ({ after, words }) => `    ${quote(after)}) words=${quote(words.map(({ word }) => word).join(' '))} ;;`,
  );
  return `# headwaters completion bash: source <(headwaters completion bash)
_headwaters() {
  local current="\${COMP_WORDS[COMP_CWORD]}" after='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [ "$(_headwaters_words "\${after:+$after }$word")" ]; then after="\${after:+$after }$word"; fi
  done
  COMPREPLY=($(compgen -W "$(_headwaters_words "$after")" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
_headwaters_words() {
  local words=''
  case "$1" in
${cases.join('\n')}
  esac
  printf '%s' "$words"
}
complete -o filenames -F _headwaters headwaters
`;
}

function fish(entries: readonly CompletionEntry[]): string {
  const lines = entries.flatMap(({ after, words }) => {
    const names = after.split(' ').filter(Boolean);
    const condition =
      names.length === 0
        ? '__fish_use_subcommand'
        : names.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ');
    return words.map(({ word, help }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${quote(word)}`;
      return `complete -c headwaters -n ${quote(condition)} ${what} -d ${quote(help.split('\n')[0]!)}`;
    });
  });
  return `# headwaters completion fish: headwaters completion fish | source\n${lines.join('\n')}\n`;
}
