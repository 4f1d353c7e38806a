/** The starter checkpoint in an engine that windows share: loaded, killed, and started again. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { scenes, until } from './scene.mjs';
import { launchStarter, LOADED } from './starter.mjs';

const HOLE = 'def add(a, b):\n    result = a + b\n    return <|fill|>\n\n\nprint(add(1, 2))\n';
const FILES = Object.fromEntries(['first.py', 'second.py', 'again.py', 'again-too.py'].map((name) => [name, HOLE]));

let stage;
let window;
const scene = scenes(() => window, 'starter');

before(async () => {
  stage = await launchStarter();
  window = await stage.window(FILES, 'first.py');
});
after(() => stage?.close());

scene('the status bar says how far the model is loaded, and at which step a fill is', async () => {
  await fill(window, 'first.py');
  const said = await window.said();
  assert.ok(said.some((label) => /loading, \d+ %/.test(label)), said.join(' | '));
  assert.ok(said.some((label) => /denoising step/.test(label)), said.join(' | '));
});

scene('two windows share one engine, which is killed, and both recover', async () => {
  const [engine, ...others] = stage.engines();
  assert.ok(engine);
  assert.deepEqual(others, []);
  const second = await stage.window(FILES, 'second.py');
  await fill(second, 'second.py');
  assert.deepEqual(stage.engines(), [engine]);

  process.kill(engine, 'SIGKILL');
  await fill(window, 'again.py');
  await fill(second, 'again-too.py');
  const [fresh, ...more] = stage.engines();
  assert.ok(fresh);
  assert.notEqual(fresh, engine);
  assert.deepEqual(more, []);
  await second.picture('recovered');
});

scene('the menu ends the engine that runs, for a fresh one', async () => {
  const [engine] = stage.engines();
  assert.ok(engine);
  await window.menu('Restart the engine');
  await until(() => !stage.engines().includes(engine), LOADED);
});

/** Fill the marked holes of a file, with whatever a small model finds, which may be nothing. */
async function fill(window, name) {
  await window.openFile(name);
  await window.said();
  await window.command('diffgemma: Fill the Marked Holes');
  await window.ended(LOADED);
}
