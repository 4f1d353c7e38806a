import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remember, withNote } from '../../src/rewrite/history';

test('the newest instruction comes first, and none is there twice', () => {
  assert.deepEqual(remember(['a', 'b'], 'b'), ['b', 'a']);
});

test('no instruction is no history', () => {
  assert.deepEqual(remember(['a'], ''), ['a']);
});

test('old instructions are forgotten at last', () => {
  const history = Array.from({ length: 40 }, (_, number) => `${number}`).reduce<string[]>(remember, []);
  assert.equal(history.length, 30);
  assert.equal(history[0], '39');
});

test('a note goes behind the instruction, or stands alone', () => {
  assert.equal(withNote('sort it', ' shorter '), 'sort it. shorter');
  assert.equal(withNote('', 'shorter'), 'shorter');
  assert.equal(withNote('sort it', ''), 'sort it');
});
