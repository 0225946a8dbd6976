import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Contract } from '../contract/contract.ts';
import type { Problem } from '../contract/problem.ts';
import { inputNames, readDatasets, settingsOfInput } from './inputs.ts';

const sources = [{ name: 'orders' }] as unknown as Contract[];
const problemsOf = (inputs: unknown) => {
  const problems: Problem[] = [];
  readDatasets(inputs, 'study.yaml', sources, problems);
  return problems.map(({ message }) => message);
};

test('An input names files by pattern, and says how they are written', () => {
  const input = { file: 'ibm/*_trade.zip', source: 'orders', delimiter: 'tab', header: false };

  assert.deepEqual(problemsOf([{ name: 'set', title: 'Set', files: [input] }]), []);
  assert.equal(inputNames(input, 'ibm/20131007_trade.zip'), true);
  assert.equal(inputNames(input, 'old/ibm/20131007_trade.zip'), false);
  assert.deepEqual(settingsOfInput(input), { delimiter: '\t', header: false });
});

test('A setting that there is not, or that is not allowed, is a problem', () => {
  const files = [
    { file: 'a.csv', source: 'orders', delimeter: ';' },
    { file: 'b.csv', source: 'orders', encoding: 'latin-1000', trim: 'yes' },
    { file: 'c.csv', source: 'none' },
    { source: 'orders' },
  ];

  const problems = problemsOf([{ name: 'set', title: 'Set', files }]);

  assert.equal(problems.length, 5);
  assert.match(problems[0]!, /a\.csv has no setting 'delimeter'; allowed: file, source, time, encoding/);
  assert.match(problems[1]!, /b\.csv: encoding is "latin-1000"/);
  assert.match(problems[2]!, /b\.csv: trim is "yes"; it must be true or false/);
  assert.match(problems[3]!, /'none' is not a source of the study; allowed: orders/);
  assert.match(problems[4]!, /a file needs a path/);
});
