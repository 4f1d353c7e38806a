/** What an editor's user sees with the starter checkpoint, in an engine that windows share. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { scenes, until } from './scene.mjs';
import { launch } from './stage.mjs';

const HEAD = 'def add(a, b):\n    result = a + b\n';
const HOLE = `${HEAD}    return <|fill|>\n\n\nprint(add(1, 2))\n`;
const LINE = `${HEAD}    return \n\n\nprint(add(1, 2))\n`;
/** A small model may find nothing; each file is another try. */
const TRIES = Array.from({ length: 6 }, (_, place) => `try-${place}.py`);
const FILES = {
  'first.py': HOLE,
  'second.py': HOLE,
  'again.py': HOLE,
  'again-too.py': HOLE,
  ...Object.fromEntries(TRIES.map((name) => [name, LINE])),
};
/** How long a model may take to load on a busy machine, in milliseconds. */
const LOADED = 120_000;

let stage;
let window;
const scene = scenes(() => window);

before(async () => {
  stage = await launch(['--model', 'starter']);
  // A copy of another file's line takes one step, too few to be seen in the status bar.
  stage.configure({ 'diffgemma.precedentLines': 0 });
  window = await stage.window(FILES, 'first.py');
});
after(() => stage?.close());

scene('the status bar says how far the model is loaded, and at which step a fill is', async () => {
  await fill(window, 'first.py');
  const said = await window.said();
  assert.ok(said.some((label) => /loading, \d+ %/.test(label)), said.join(' | '));
  assert.ok(said.some((label) => /denoising step/.test(label)), said.join(' | '));
});

scene('ghost text of the model is accepted with Tab into the saved file', async () => {
  const name = await suggestion();
  await window.press('Tab');
  await window.save();
  const text = window.read(name);
  const [start, end] = [`${HEAD}    return `, '\n\n\nprint(add(1, 2))\n'];
  assert.ok(text.startsWith(start) && text.endsWith(end) && text.length > start.length + end.length, text);
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

/** Ask for suggestions in one file after the other until there is one, and return that file's name. */
async function suggestion() {
  for (const name of TRIES) {
    await window.openFile(name);
    await window.goTo(3, 12);
    await window.said();
    await window.press('Control+Alt+S');
    await window.ended(LOADED);
    const isThere = await window.ghost('', 3000).then(
      () => true,
      () => false,
    );
    if (isThere) return name;
  }
  throw new Error(`the model suggested nothing in ${TRIES.length} files`);
}
