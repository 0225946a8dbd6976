/** The completion scripts offer the commands that there are, in the shells themselves. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { Argument, Command } from 'commander';
import { describe, test } from 'vitest';
import { completionScript, entriesOf } from './completion.ts';

const program = new Command('headwaters');
program.command('run').description("a study's run").argument('<study>').option('--events <n>', 'how many');
program
  .command('quarantine')
  .command('list')
  .argument('<study>')
  .option('--days <n>', "days back, not 'ever'");
program.command('completion').addArgument(new Argument('<shell>').choices(['bash', 'fish']));
const entries = entriesOf(program, ['amazon', 'netflix']);

/** What bash offers for the words, the last of which is being typed. */
const offered = (...words: string[]) =>
  execFileSync(
    'bash',
    [
      '-c',
      `${completionScript('bash', entries)}
COMP_WORDS=(headwaters "$@"); COMP_CWORD=$#; _headwaters; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      ...words,
    ],
    { encoding: 'utf8', cwd: '/' },
  )
    .split('\n')
    .filter(Boolean);

describe('completion', () => {
  test('in bash offers commands, subcommands, studies, options and choices', () => {
    assert.deepEqual(offered('r'), ['run']);
    assert.deepEqual(offered('run', ''), ['amazon', 'netflix', '--events']);
    assert.deepEqual(offered('run', 'amazon', '--e'), ['--events']);
    assert.deepEqual(offered('quarantine', 'l'), ['list']);
    assert.deepEqual(offered('quarantine', 'list', '--state', 'x', 'ne'), ['netflix']);
    assert.deepEqual(offered('completion', 'f'), ['fish']);
  });

  test('in fish is one line for each word, quoted', () => {
    const script = completionScript('fish', entries);

    assert.match(script, /-n '__fish_use_subcommand' -a 'run' -d 'a study'\\''s run'/);
    assert.match(
      script,
      /-n '__fish_seen_subcommand_from quarantine; and __fish_seen_subcommand_from list' -l days/,
    );
  });

  test('in zsh reads the functions of bash', () => {
    assert.match(completionScript('zsh', entries), /^autoload -U \+X bashcompinit && bashcompinit\n/);
  });
});
