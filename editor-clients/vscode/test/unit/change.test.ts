import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TextEdit } from 'vscode-languageclient';
import { changeOf, diffLines } from '../../src/rewrite/change';

const edit = (start: [number, number], end: [number, number], newText: string): TextEdit => ({
  range: { start: { line: start[0], character: start[1] }, end: { line: end[0], character: end[1] } },
  newText,
});
const LINES = ['a = 1', 'b = 2', 'c = 3', ''];

test('one edit changes the whole of its lines', () => {
  const change = changeOf(LINES, [edit([1, 4], [1, 5], '7')]);
  assert.deepEqual(change, { start: 1, end: 2, before: ['b = 2'], after: ['b = 7'] });
});

test('several edits are seen as one change, in whatever order they come', () => {
  const change = changeOf(LINES, [edit([2, 0], [2, 1], 'd'), edit([0, 4], [0, 5], '9\nx = 0')]);
  assert.deepEqual(change.before, ['a = 1', 'b = 2', 'c = 3']);
  assert.deepEqual(change.after, ['a = 9', 'x = 0', 'b = 2', 'd = 3']);
});

test('lines can be taken away, and CRLF ends a line of new text', () => {
  assert.deepEqual(changeOf(LINES, [edit([0, 5], [1, 5], '')]).after, ['a = 1']);
  assert.deepEqual(changeOf(LINES, [edit([0, 5], [0, 5], '\r\nx')]).after, ['a = 1', 'x']);
});

test('no edits change nothing', () => {
  assert.deepEqual(changeOf(LINES, []), { start: 0, end: 0, before: [], after: [] });
});

const TEXTS = [['a', 'b', 'c'], ['a', 'x', 'c'], [], ['c', 'b', 'a'], ['a', 'a', 'b']];

for (const before of TEXTS) {
  for (const after of TEXTS) {
    test(`a diff of ${before.join('')} and ${after.join('')} holds both`, () => {
      const lines = diffLines(before, after);
      const side = (sign: string) => lines.filter((line) => !line.startsWith(sign)).map((line) => line.slice(1));
      assert.deepEqual([side('+'), side('-')], [before, after]);
    });
  }
}

test('a diff takes away no more than it must', () => {
  assert.deepEqual(diffLines(['a', 'b', 'c'], ['a', 'x', 'c']), [' a', '-b', '+x', ' c']);
});
