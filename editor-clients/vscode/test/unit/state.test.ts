import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyUnreachable } from '../../src/status/reach';
import { type Known, NOTHING_KNOWN, shown } from '../../src/status/state';

const RUNNING: Known = { ...NOTHING_KNOWN, server: { name: 'running', message: '' } };
const status = (kind: Known['status']['kind'], message = '', busy = false) => ({ status: { kind, message, busy } });

const CASES: readonly (readonly [Partial<Known>, ReturnType<typeof shown>['state'], RegExp])[] = [
  [{}, 'ready', /ready/],
  [{ server: { name: 'starting', message: '' } }, 'starting', /starting/],
  [{ server: { name: 'missing', message: 'not installed' } }, 'failed', /not installed/],
  [{ server: { name: 'failed', message: 'ended' }, unreachable: 'far away' }, 'failed', /ended/],
  [status('Normal', 'the model is loading, 40 %', true), 'loading', /loading, 40 %/],
  [{ step: { done: 3, most: 12 } }, 'thinking', /step 3 of at most 12/],
  [status('Inactive', 'this document is ignored by .gitignore'), 'inactive', /ignored/],
  [{ unreachable: 'far away' }, 'inactive', /far away/],
  [status('Error', 'out of memory; choose a smaller model'), 'failed', /smaller model/],
  [status('Warning', 'slow'), 'ready', /slow/],
  [status('Normal', 'a suggestion was held back (31 % sure, 40 % wanted)'), 'ready', /held back \(31 %/],
];

for (const [known, state, tooltip] of CASES) {
  test(`${JSON.stringify(known)} is shown as ${state}`, () => {
    const found = shown({ ...RUNNING, ...known });
    assert.equal(found.state, state);
    assert.match(found.tooltip, tooltip);
  });
}

test('loading says how far it is in the bar itself', () => {
  assert.match(shown({ ...RUNNING, ...status('Normal', 'the model is loading, 40 %', true) }).text, /40 %/);
});

test('an error is the only thing that is red', () => {
  const red = CASES.filter(([known]) => shown({ ...RUNNING, ...known }).severity === 'error').map(([, state]) => state);
  assert.deepEqual(new Set(red), new Set(['failed']));
});

test('a document of a virtual file system says why it gets nothing, an output channel says nothing', () => {
  assert.match(whyUnreachable('vscode-vfs'), /vscode-vfs/);
  for (const scheme of ['file', 'untitled', 'output', undefined]) {
    assert.equal(whyUnreachable(scheme), '');
  }
});
