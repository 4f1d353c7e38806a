/** What an editor's user sees with the starter checkpoint, in an engine that windows share. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './stage.mjs';

const TEXT = 'def add(a, b):\n    result = a + b\n    return <|fill|>\n\n\nprint(add(1, 2))\n';
const FILES = { 'first.py': TEXT, 'second.py': TEXT, 'again.py': TEXT, 'again-too.py': TEXT };

let stage;

before(async () => {
  stage = await launch(['--model', 'starter']);
});
after(() => stage?.close());

test('two windows share one engine, which is killed, and both recover', async () => {
  const first = await stage.window(FILES, 'first.py');
  await fill(first);
  const [engine, ...others] = stage.engines();
  assert.ok(engine);
  assert.deepEqual(others, []);
  await first.picture('starter');

  const second = await stage.window(FILES, 'second.py');
  await fill(second);
  assert.deepEqual(stage.engines(), [engine]);

  process.kill(engine, 'SIGKILL');
  await first.openFile('again.py');
  await fill(first);
  await second.openFile('again-too.py');
  await fill(second);
  const [fresh, ...more] = stage.engines();
  assert.ok(fresh);
  assert.notEqual(fresh, engine);
  assert.deepEqual(more, []);
  await second.picture('recovered');
});

/** How long a model may take to load on a busy machine. */
const LOADED = 60_000;

/** Fill the marked hole, with whatever a small model finds: it ends in an edit, or in a sentence that says why not. */
async function fill(window) {
  await window.command('diffgemma: Fill the Marked Holes');
  const isDone = () => {
    const text = [...document.querySelectorAll('.editor-instance .view-line')].map((line) => line.textContent).join('\n');
    return !text.includes('<|fill|>') || /suggests nothing else/.test(document.querySelector('.notifications-toasts')?.textContent ?? '');
  };
  try {
    await window.page.waitForFunction(isDone, undefined, { timeout: LOADED });
  } catch (error) {
    await window.picture('failed-starter');
    throw error;
  }
  await window.status(/ready/);
}
