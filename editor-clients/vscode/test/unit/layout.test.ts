import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inkOf, strengthOf } from '../../src/drafts/layout';
import type { DraftHole, DraftSpan } from '../../src/protocol';

const settled = (text: string): DraftSpan => ({ text, confidence: 1, isSettled: true });
const guess = (text: string, confidence = 0.1): DraftSpan => ({ text, confidence, isSettled: false });

function hole(start: [number, number], end: [number, number], ...spans: DraftSpan[]): DraftHole {
  const [from, to] = [start, end].map(([line, character]) => ({ line, character }));
  assert.ok(from && to);
  return { range: { start: from, end: to }, text: spans.map(({ text }) => text).join(''), spans };
}

/** Where, how and what, with blanks that can be read. */
const painted = (one: DraftHole, length = 20) =>
  inkOf(one, () => length).map(({ line, character, text, strength }) => [line, character, strength, text.replaceAll('\u00a0', ' ')]);

test('an insertion is painted at its place, neighbours of one strength together', () => {
  assert.deepEqual(painted(hole([1, 4], [1, 4], settled('a'), settled(' +'), guess(' x'))), [
    [1, 4, 'settled', 'a +'],
    [1, 4, 'faint', ' x'],
  ]);
});

test('further lines of an insertion go on behind a sign, without their indentation', () => {
  assert.deepEqual(painted(hole([1, 4], [1, 4], settled('a\n    '), settled('b'))), [
    [1, 4, 'settled', 'a'],
    [1, 4, 'faint', ' ⏎ '],
    [1, 4, 'settled', 'b'],
  ]);
});

test('each line of a rewrite stands beside the line that it takes the place of', () => {
  assert.deepEqual(painted(hole([3, 0], [5, 8], settled('one\ntwo'), guess('\nthree'), guess('\nfour', 0.9)), 10), [
    [3, 10, 'faint', ' → '],
    [3, 10, 'settled', 'one'],
    [4, 10, 'faint', ' → '],
    [4, 10, 'settled', 'two'],
    [5, 8, 'faint', ' → three ⏎ '],
    [5, 8, 'sure', 'four'],
  ]);
});

test('a long draft is cut, and says so', () => {
  const text = painted(hole([0, 0], [0, 0], settled('x'.repeat(5000))))
    .map((ink) => ink[3])
    .join('');
  assert.equal(text.length, 401);
  assert.ok(text.endsWith('…'));
});

test('carriage returns are not painted', () => {
  assert.deepEqual(
    painted(hole([0, 0], [0, 0], settled('a\r\nb'))).map((ink) => ink[3]),
    ['a', ' ⏎ ', 'b'],
  );
});

test('a token fades in with its confidence, and is plain once it has settled', () => {
  assert.deepEqual([0, 0.3, 0.6].map((confidence) => strengthOf(guess('x', confidence))), ['faint', 'likely', 'sure']);
  assert.equal(strengthOf({ text: 'x', confidence: 0, isSettled: true }), 'settled');
});
