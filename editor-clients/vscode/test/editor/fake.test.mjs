/** What an editor's user sees, with the fake engine in slow steps. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch } from './stage.mjs';

const SCRIPT = fileURLToPath(new URL('drafts.toml', import.meta.url));
const TOTAL = '# total\ndef total(values):\n    result = 0\n    for value in values:\n        result += value\n    return result\n';
const SHORTER = '# total\ndef total(values):\n    return sum(values)\n';
const LIVE = 'def live():\n    \n';
const FILES = {
  'first.py': 'x = 1\n',
  'tab.py': 'def mean(values):\n    return \n',
  'automatic.py': 'def mean(values):\n    return\n',
  'through.py': 'def mean(values):\n    return \n',
  'escape.py': LIVE,
  'undo.py': LIVE,
  'rewrite.py': TOTAL,
  'reject.py': TOTAL,
  'again.py': TOTAL,
  'holes.py': 'one = <|fill|>\ntwo = <|fill|>\nthree = <|fill|>\n',
  'crlf.py': 'def live():\r\n    \r\nlast = 1\r\n',
  'emoji.py': "say('👋', \nlast = '👩‍👩‍👧'\n",
  '.env': 'TOKEN=\n',
  'other.py': 'x = 1\n',
  'menu.py': 'x = 1\n',
  'candidates.py': 'def f():\n    \n',
  'palette.py': 'def live():\n    pass\n',
  'action.py': 'one = <|fill|>\n',
};

let stage;
let window;

before(async () => {
  stage = await launch(['--engine', 'fake', '--model', SCRIPT]);
  window = await stage.window(FILES, 'first.py');
});
after(() => stage?.close());

/** A test that leaves a picture behind, of its end or of its failure. */
function scene(name, play) {
  test(name, async () => {
    const file = name.toLowerCase().replaceAll(/\W+/g, '-');
    try {
      await play();
      await window.picture(file);
    } catch (error) {
      await window.picture(`failed-${file}`);
      throw error;
    }
  });
}

scene('a walkthrough of three steps ends with a fill of the sample', async () => {
  await window.command('diffgemma: Get Started');
  for (const step of ['Install the language server', 'Open a file with a hole', 'Fill it, and watch it settle']) {
    await window.page.getByText(step, { exact: true }).waitFor();
  }
  await window.picture('walkthrough');
  await window.command('diffgemma: Open a Sample File');
  await window.screen('<|fill|>');
  await window.command('diffgemma: Fill the Marked Holes');
  await window.screen('<|fill|>', false);
  await window.screen('return sum(values) / len(values)');
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

scene('an automatic suggestion comes without being asked for and without being drawn live', async () => {
  await window.openFile('automatic.py');
  await window.goTo(2, 11);
  await window.type(' ');
  await window.status(/thinking.*step [5-9]/);
  await window.draft('');
  await window.ghost('sum(values) / len(values)');
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

scene('Escape cancels a live fill and leaves the file as it was', async () => {
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
  assert.equal(await window.page.locator('.tab.active.dirty').count(), 0);
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

scene('a rewrite is accepted, and undone in one step', async () => {
  await window.openFile('rewrite.py');
  await rewrite(window, 'shorter');
  await window.picture('preview');
  await window.press('Control+Enter');
  await window.screen('return sum(values)');
  await window.preview(false);
  await window.save();
  assert.equal(window.read('rewrite.py'), SHORTER);
  await window.press('Control+Z');
  await window.save();
  assert.equal(window.read('rewrite.py'), TOTAL);
});

scene('a rewrite is rejected', async () => {
  await window.openFile('reject.py');
  await rewrite(window, 'shorter');
  await window.press('Escape');
  await window.preview(false);
  assert.equal(await window.page.locator('.tab.active.dirty').count(), 0);
});

scene('a rewrite is done again with a note, then accepted by its button', async () => {
  await window.openFile('again.py');
  await rewrite(window, 'shorter');
  await window.page.locator('.review-widget .monaco-editor').click();
  await window.type('without a loop');
  await window.press('Control+Enter');
  await window.status(/thinking/);
  await window.preview(true);
  await window.page.locator('.review-widget .action-label.codicon-check').click();
  await window.preview(false);
  await window.focus();
  await window.save();
  assert.equal(window.read('again.py'), SHORTER);
});

scene('three marked holes are filled at once', async () => {
  await window.openFile('holes.py');
  await window.command('diffgemma: Fill the Marked Holes');
  await window.draft('3');
  await window.picture('holes-live');
  await window.screen('<|fill|>', false);
  await window.save();
  assert.equal(window.read('holes.py'), 'one = 1\ntwo = 2\nthree = 3\n');
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

scene('emoji before the cursor do not shift a fill', async () => {
  await window.openFile('emoji.py');
  await window.goTo(1, 1);
  await window.press('End', 'Control+Alt+S');
  await window.ghost("'🌍')");
  await window.press('Tab');
  await window.save();
  assert.equal(window.read('emoji.py'), "say('👋', '🌍')\nlast = '👩‍👩‍👧'\n");
});

scene('candidates are looked through, and accepted by the word', async () => {
  await window.openFile('candidates.py');
  await window.goTo(2, 5);
  await window.press('Control+Alt+S');
  await window.ghost('pass');
  await window.press('Control+Alt+N');
  await window.ghost('return None');
  await window.press('Control+ArrowRight');
  await window.ghost(' None');
  await window.press('Control+Alt+ArrowRight');
  await window.save();
  assert.equal(window.read('candidates.py'), 'def f():\n    return None\n');
});

scene('a body and a docstring are written from the palette', async () => {
  await window.openFile('palette.py');
  await window.goTo(2, 1);
  await window.command('diffgemma: Complete this Body');
  await window.screen('return first');
  await window.status(/ready/);
  await window.goTo(1, 1);
  await window.command('diffgemma: Write a Docstring');
  await window.screen('Lives');
  await window.status(/ready/);
  await window.save();
  assert.equal(window.read('palette.py'), 'def live():\n    """Lives."""\n    first = 1\n    return first\n');
});

scene('a code action settles in view, and is called off', async () => {
  await window.openFile('action.py');
  await window.goTo(1, 7);
  await window.press('Control+.');
  await window.page.locator('.action-widget').getByText('Fill the marked hole').click();
  await window.draft('1');
  await window.press('Escape');
  await window.draft('');
  await window.status(/ready/);
  assert.equal(await window.page.locator('.tab.active.dirty').count(), 0);
});

scene('a secret file is shown as inactive, with the reason', async () => {
  await window.openFile('.env');
  const label = await window.status(/inactive/);
  assert.match(label, /this document/);
  await window.openFile('other.py');
  await window.status(/ready/);
});

scene('the menu switches a language off and on', async () => {
  await window.openFile('menu.py');
  await window.menu('Turn off suggestions in python');
  await window.goTo(1, 6);
  await window.type('0');
  await window.status(/inactive.*switched off for python/);
  await window.menu('Turn on suggestions in python');
  await window.type('0');
  await window.status(/ready|thinking/);
});

scene('without a server the status bar says so, and offers the one command that installs it', async () => {
  stage.configure(false);
  await window.status(/failed.*not installed/);
  await window.page.locator('[id$="diffgemma.status"] a').click();
  await window.page.locator('.monaco-dialog-box').getByText('install').first().waitFor();
  await window.picture('install');
  await window.press('Escape');
  stage.configure(true);
  await window.status(/ready/);
});

async function rewrite(window, instruction) {
  await window.goTo(2, 1);
  for (let line = 0; line < 5; line += 1) await window.press('Shift+ArrowDown');
  await window.press('Control+Alt+R');
  await window.answer('What should become of it?', instruction);
  await window.preview(true);
}
