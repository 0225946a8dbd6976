import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { deployOrder } from './order.ts';
import type { TemplateResource } from './template.ts';

const resource = (...references: string[]): TemplateResource => ({
  Type: 'T',
  Properties: { refs: references.map((name) => ({ Ref: name })) },
});

test('whatever refers to what, a resource comes after all that it refers to', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat(30), { maxLength: 4 }), { minLength: 1, maxLength: 30 }),
      (references) => {
        // Reference i may only point below i, so that there is no circle.
        const names = references.map((of, index) =>
          of.filter((other) => other < index).map((other) => `r${other}`),
        );
        const entries = names.map((of, index) => [`r${index}`, resource(...of)] as const).reverse();

        const order = deployOrder({ Resources: Object.fromEntries(entries) }, () => true).map(([id]) => id);

        assert.equal(order.length, references.length);
        for (const [index, of] of names.entries()) {
          for (const name of of) assert.ok(order.indexOf(name) < order.indexOf(`r${index}`));
        }
      },
    ),
  );
});

test('references are found in every intrinsic, but not in the branch that is left out', () => {
  const Resources: Record<string, TemplateResource> = {
    Last: {
      Type: 'T',
      Properties: {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Fn::Sub's own.
        text: { 'Fn::Sub': ['${A.Arn}${here}${!B}', { here: { 'Fn::GetAtt': ['C', 'Arn'] } }] },
        chosen: { 'Fn::If': ['Yes', { 'Fn::GetAtt': 'D.Arn' }, { Ref: 'Missing' }] },
      },
      DependsOn: ['E'],
    },
    A: resource(),
    C: resource(),
    D: resource(),
    E: resource(),
    Conditional: { ...resource(), Condition: 'No' },
  };

  const order = deployOrder({ Resources }, (name) => name === 'Yes').map(([id]) => id);

  assert.equal(order.at(-1), 'Last');
  assert.deepEqual(order.slice(0, -1).sort(), ['A', 'C', 'D', 'E']);
});
