/** Suggestions and fills as their user sees them, with the fake engine in slow steps. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scenes } from './scene.mjs';
import { launch } from './stage.mjs';

const SCRIPT = fileURLToPath(new URL('drafts.toml', import.meta.url));
const MEAN = 'def mean(values):\n    return \n';
const LIVE = 'def live():\n    \n';
const SHAPES = `import math


def area(width, height):
    return <|fill|>


def perimeter(width, height):
    return <|fill|>


def diagonal(width, height):
    return <|fill|>
`;
const FILES = {
  'first.py': 'x = 1\n',
  'tab.py': MEAN,
  'through.py': MEAN,
  'automatic.py': 'def mean(values):\n    return\n',
  'always.py': 'def mean(values):\n    return\n',
  'escape.py': LIVE,
  'undo.py': LIVE,
  'shapes.py': SHAPES,
  'insert.py': 'one = \n',
  'crlf.py': 'def live():\r\n    \r\nlast = 1\r\n',
  'emoji.py': "say('👋', \nlast = '👩‍👩‍👧'\n",
  'candidates.py': 'def f():\n    \n',
};

let stage;
let window;
const scene = scenes(() => window);

before(async () => {
  stage = await launch(['--engine', 'fake', '--model', SCRIPT]);
  window = await stage.window(FILES, 'first.py');
});
after(() => stage?.close());

scene('three marked holes are filled at once', async () => {
  await window.openFile('shapes.py');
  await window.command('diffgemma: Fill the Marked Holes');
  await window.status(/thinking.*step [5-9]/);
  await window.draft('width * height');
  await window.picture('holes-live');
  await window.screen('<|fill|>', false);
  await window.save();
  const answers = ['width * height', '2 * (width + height)', 'math.sqrt(width**2 + height**2)'];
  assert.equal(window.read('shapes.py'), answers.reduce((text, answer) => text.replace('<|fill|>', answer), SHAPES));
});

scene('ghost text is accepted with Tab into the saved file', async () => {
  await window.openFile('tab.py');
  await window.goTo(2, 12);
  await window.press('Control+Alt+S');
  await window.draft('sum(values)');
  await window.picture('settling');
  await window.ghost('sum(values) / len(values)');
  await window.press('Tab');
  await window.save();
  assert.equal(window.read('tab.py'), 'def mean(values):\n    return sum(values) / len(values)\n');
});

scene('typing through a suggestion keeps it', async () => {
  await window.openFile('through.py');
  await window.goTo(2, 12);
  await window.press('Control+Alt+S');
  await window.ghost('sum(values) / len(values)');
  await window.type('sum');
  await window.ghost('(values) / len(values)');
  await window.press('Tab');
  await window.save();
  assert.equal(window.read('through.py'), 'def mean(values):\n    return sum(values) / len(values)\n');
});

scene('an automatic suggestion comes unasked, and neither drafts nor messages with it', async () => {
  await window.openFile('automatic.py');
  await window.goTo(2, 11);
  await window.type(' ');
  await window.status(/thinking.*step [5-9]/);
  await window.draft('');
  await window.ghost('sum(values) / len(values)');
  assert.deepEqual(await window.popUps(), []);
});

scene('an automatic suggestion is drawn live where a setting says so', async () => {
  stage.configure({ 'diffgemma.liveDrafts': 'always' });
  await window.openFile('always.py');
  await window.goTo(2, 11);
  await window.type(' ');
  await window.draft('sum(values)');
  await window.ghost('sum(values) / len(values)');
  stage.configure();
});

scene('Escape cancels a live fill within a step and leaves the file as it was', async () => {
  await window.openFile('escape.py');
  await window.goTo(2, 5);
  await window.press('Control+Alt+Enter');
  await window.draft('first');
  await window.picture('live');
  const before = await window.steps();
  await window.press('Escape');
  await window.status(/ready/);
  await window.draft('');
  const steps = await window.steps();
  assert.ok(steps.length <= 1, `steps ${steps} came after step ${before.at(-1)} and Escape`);
  assert.equal(await window.isDirty(), false);
  assert.equal(window.read('escape.py'), LIVE);
});

scene('a draft cannot be accepted, and its fill is undone in one step', async () => {
  await window.openFile('undo.py');
  await window.goTo(2, 5);
  await window.press('Control+Alt+Enter');
  await window.draft('first');
  await window.press('Tab');
  await window.draft('');
  await window.screen('return first', false);
  await window.press('Control+Z');
  await window.status(/ready/);
  await window.goTo(2, 5);
  await window.press('Control+Alt+Enter');
  await window.screen('return first');
  await window.save();
  assert.equal(window.read('undo.py'), 'def live():\n    first = 1\n    return first\n');
  await window.press('Control+Z');
  await window.save();
  assert.equal(window.read('undo.py'), LIVE);
});

scene('a hole is marked at the cursor, and filled', async () => {
  await window.openFile('insert.py');
  await window.goTo(1, 7);
  await window.command('diffgemma: Insert a Hole');
  await window.screen('one = <|fill|>');
  await window.command('diffgemma: Fill the Marked Holes');
  await window.screen('one = 1');
});

scene('a file keeps its CRLF line ends', async () => {
  await window.openFile('crlf.py');
  await window.goTo(2, 5);
  await window.press('Control+Alt+Enter');
  await window.screen('return first');
  await window.status(/ready/);
  await window.save();
  assert.equal(window.read('crlf.py'), 'def live():\r\n    first = 1\r\n    return first\r\nlast = 1\r\n');
});

scene('emoji before the cursor do not shift a suggestion', async () => {
  await window.openFile('emoji.py');
  await window.goTo(1, 1);
  await window.press('End', 'Control+Alt+S');
  await window.ghost("'🌍')");
  await window.press('Tab');
  await window.save();
  assert.equal(window.read('emoji.py'), "say('👋', '🌍')\nlast = '👩‍👩‍👧'\n");
});

scene('candidates are looked through both ways, and accepted by the word and by the line', async () => {
  await window.openFile('candidates.py');
  await window.goTo(2, 5);
  await window.press('Control+Alt+S');
  await window.ghost('pass');
  await window.press('Control+Alt+N');
  await window.ghost('return None');
  await window.press('Control+Alt+P');
  await window.ghost('pass');
  await window.press('Control+Alt+N');
  await window.ghost('return None');
  await window.press('Control+ArrowRight');
  await window.ghost(' None');
  await window.press('Control+Alt+ArrowRight');
  await window.save();
  assert.equal(window.read('candidates.py'), 'def f():\n    return None\n');
});

scene('a walkthrough of three steps ends with a fill of the sample', async () => {
  await window.command('diffgemma: Get Started');
  for (const step of ['Install the language server', 'Open a file with a hole', 'Fill it, and watch it settle']) {
    await window.page.getByText(step, { exact: true }).waitFor();
  }
  await window.page.locator('.getting-started-step[aria-checked=true]', { hasText: 'Install the language server' }).waitFor();
  await window.picture('walkthrough');
  await window.page.getByText('Open a file with a hole', { exact: true }).click();
  await window.page.getByRole('button', { name: 'Open the sample' }).click();
  await window.screen('<|fill|>');
  await window.page.getByText('Fill it, and watch it settle', { exact: true }).click();
  await window.page.getByRole('button', { name: 'Fill the marked holes' }).click();
  await window.screen('<|fill|>', false);
  await window.screen('return sum(values) / len(values)');
});
