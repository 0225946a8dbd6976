import assert from 'node:assert/strict';
import { test } from 'vitest';
import { addToSketch, decodeSketch, encodeSketch, estimate, mergeSketch, type Sketch } from './sketch.ts';

function sketchOf(from: number, to: number): Sketch {
  const sketch: Sketch = new Map();
  for (let value = from; value < to; value++) addToSketch(sketch, `user-${value}`);
  return sketch;
}

// Three standard errors of 1.6 %; the values are fixed, so that the estimates are too.
for (const size of [0, 1, 10, 1000, 5000, 20_000, 100_000])
  test(`${size} values are counted within 5 %`, () => {
    const error = Math.abs(estimate(sketchOf(0, size)) - size);

    assert.ok(error <= size * 0.05, String(error));
  });

test('a value counts once, however often it comes', () => {
  const sketch = sketchOf(0, 100);

  const changed = Array.from({ length: 100 }, (_, value) => addToSketch(sketch, `user-${value}`));

  assert.equal(changed.includes(true), false);
});

test('sketches of two parts give the sketch of the whole', () => {
  const whole = sketchOf(0, 8000);
  const merged = sketchOf(0, 5000);

  mergeSketch(merged, sketchOf(3000, 8000));

  assert.deepEqual(new Map([...merged].sort()), new Map([...whole].sort()));
});

for (const size of [0, 3, 1000, 1365, 1366, 50_000])
  test(`a sketch of ${size} values is read as it was written, in at most 4 KiB`, () => {
    const sketch = sketchOf(0, size);

    const bytes = encodeSketch(sketch);

    assert.ok(bytes.length <= 4096);
    assert.deepEqual(new Map([...decodeSketch(bytes)].sort()), new Map([...sketch].sort()));
  });
