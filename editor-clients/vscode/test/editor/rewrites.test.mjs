/** Rewrites and code actions as their user sees them, with the fake engine in slow steps. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scenes } from './scene.mjs';
import { launch } from './stage.mjs';

const SCRIPT = fileURLToPath(new URL('drafts.toml', import.meta.url));
const TOTAL = '# total\ndef total(values):\n    result = 0\n    for value in values:\n        result += value\n    return result\n';
const SHORTER = '# total\ndef total(values):\n    return sum(values)\n';
const FILES = {
  'first.py': 'x = 1\n',
  'rewrite.py': TOTAL,
  'reject.py': TOTAL,
  'cancel.py': TOTAL,
  'again.py': TOTAL,
  'history.py': TOTAL,
  'palette.py': 'def live():\n    pass\n',
  'action.py': 'one = <|fill|>\n',
  'problem.jsonc': '// # numbers\n[\n  oops\n]\n',
};

let stage;
let window;
const scene = scenes(() => window);

before(async () => {
  stage = await launch(['--engine', 'fake', '--model', SCRIPT]);
  window = await stage.window(FILES, 'first.py');
});
after(() => stage?.close());

scene('a rewrite is rejected', async () => {
  await window.openFile('reject.py');
  await rewrite('shorter');
  await window.press('Escape');
  await window.preview(false);
  assert.equal(await window.isDirty(), false);
});

scene('a rewrite is accepted, and undone in one step', async () => {
  await window.openFile('rewrite.py');
  await rewrite('shorter');
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

scene('Escape cancels a rewrite while it settles', async () => {
  await window.openFile('cancel.py');
  await ask('shorter');
  await window.draft('sum');
  await window.picture('rewrite-live');
  await window.press('Escape');
  await window.draft('');
  await window.status(/ready/);
  await window.preview(false);
  assert.equal(await window.isDirty(), false);
});

scene('a rewrite is done again with a note, then accepted by its button', async () => {
  await window.openFile('again.py');
  await rewrite('shorter');
  await window.page.locator('.review-widget .monaco-editor').click();
  await window.type('without a loop');
  await window.press('Control+Enter');
  await window.status(/thinking/);
  await window.preview(true);
  await window.button('check');
  await window.screen('return sum(values)');
  await window.preview(false);
  await window.focus();
  await window.save();
  assert.equal(window.read('again.py'), SHORTER);
});

scene('a former instruction is chosen again, and its rewrite retried by its button', async () => {
  await window.openFile('history.py');
  await rewrite('with sum');
  await window.press('Escape');
  await window.preview(false);
  await select();
  await window.press('Control+Alt+R');
  await window.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'with sum' }).waitFor();
  await window.press('ArrowDown', 'Enter');
  await window.preview(true);
  await window.button('refresh');
  await window.status(/thinking/);
  await window.preview(true);
  await window.button('close');
  await window.preview(false);
  assert.equal(await window.isDirty(), false);
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

scene('a problem that another extension found is fixed', async () => {
  await window.openFile('problem.jsonc');
  await window.goTo(3, 4);
  await window.page.locator('.squiggly-error').first().waitFor({ state: 'attached' });
  await window.command('diffgemma: Fix the Problem here');
  await window.preview(true);
  await window.press('Control+Enter');
  await window.screen('oops', false);
  await window.preview(false);
  await window.save();
  assert.equal(window.read('problem.jsonc'), '// # numbers\n[\n  1\n]\n');
});

scene('a code action settles in view, and is called off', async () => {
  await window.openFile('action.py');
  await window.goTo(1, 7);
  // Where the editor has not heard of any action yet, the key opens nothing.
  await window.page.locator('.lightBulbWidget, [class*="gutter-lightbulb"]').first().waitFor();
  await window.press('Control+.');
  await window.page.locator('.action-widget').getByText('Fill the marked hole').click();
  await window.draft('1');
  await window.press('Escape');
  await window.draft('');
  await window.status(/ready/);
  assert.equal(await window.isDirty(), false);
});

async function rewrite(instruction) {
  await ask(instruction);
  await window.preview(true);
}

async function ask(instruction) {
  await select();
  await window.press('Control+Alt+R');
  await window.answer('What should become of it?', instruction);
}

/** Select the function that the files have. */
async function select() {
  await window.goTo(2, 1);
  for (let line = 0; line < 5; line += 1) await window.press('Shift+ArrowDown');
}
