/** What the starter checkpoint writes into files, whatever that is: all else stays, and one undo takes it back. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { scenes, until } from './scene.mjs';
import { firstOf, inHoles, launchStarter, LOADED, tries } from './starter.mjs';

const LINE = (noun) => `def add(${noun}, other):\n    result = ${noun} + other\n    return <|fill|>\n\n\nprint(add(1, 2))\n`;
const EMOJI = (noun) => `def greet(${noun}):\n    print('👋🏽', '👩‍👩‍👧', <|fill|>\n\n\nlast = '🌍'\n`;
const BODY = '    result = 0\n    for value in values:\n        result += value';
const TOTAL = (noun) => `def total_${noun}(values):\n${BODY}\n    return result\n\n\nprint(total_${noun}([1, 2]))\n`;
const METHODS = (noun) => `class Holder:
    def __init__(self):
        self.${noun}s = []

    <|fill|>

    def last(self):
        return self.${noun}s[-1]

    <|fill|>


class Reader:
    def __init__(self, path):
        self.path = path

    <|fill|>


print(Reader('${noun}s.txt').read())
`;
/** Its holes fill several canvases, one after the other: more than a model gets through before somebody presses a key. */
const LONG = Array.from({ length: 100 }, (_, number) => `def area_${number}(width, height):\n    return <|fill|>\n`).join('\n\n');
const SECRET = 'TOKEN=<|fill|>\n';

const TAB = tries('tab', LINE);
const THROUGH = tries('through', LINE);
const WIDE = tries('emoji', EMOJI);
const ACCEPT = tries('accept', TOTAL);
const REJECT = tries('reject', TOTAL);
const HOLES = tries('holes', METHODS);
const CRLF = tries('crlf', (noun) => TOTAL(noun).replaceAll('\n', '\r\n'));
const UNMARKED = Object.entries({ ...TAB, ...THROUGH, ...WIDE }).map(([name, text]) => [name, text.replace('<|fill|>', '')]);
const FILES = {
  'escape.py': LONG,
  '.env': SECRET,
  ...Object.fromEntries(UNMARKED),
  ...ACCEPT,
  ...REJECT,
  ...HOLES,
  ...CRLF,
};

let stage;
let window;
const scene = scenes(() => window, 'starter');

before(async () => {
  stage = await launchStarter();
  window = await stage.window(FILES, 'escape.py');
});
after(() => stage?.close());

scene('Escape cancels a live fill within a step and leaves the file as it was', async () => {
  await window.command('diffgemma: Fill the Marked Holes');
  await window.status(/thinking.*step/, LOADED);
  await window.draft('→');
  await window.picture('starter-live');
  await window.press('Escape');
  await window.status(/ready/);
  await window.draft('');
  // Who has answered once has looked at all that came before, the end of a fill's connection among it.
  await stage.counts();
  const { steps } = await stage.counts();
  await until(async () => (await stage.counts()).cancelled === 1);
  const ended = await stage.counts();
  assert.equal(ended.filled, 0);
  assert.ok(ended.steps >= 1 && ended.steps - steps <= 1, `${steps} steps by Escape, and ${ended.steps} in the end`);
  assert.equal(await window.isDirty(), false);
  assert.equal(window.read('escape.py'), LONG);
});

scene('a secret file is shown as inactive, and nothing of it reaches the model', async () => {
  const before = await stage.counts();
  await window.openFile('.env');
  await window.status(/inactive.*this document holds settings that are often secret/);
  await window.command('diffgemma: Fill the Marked Holes');
  await window.message('nothing is filled here');
  assert.deepEqual(await stage.counts(), before);
  assert.equal(await window.isDirty(), false);
  assert.equal(window.read('.env'), SECRET);
});

scene('three marked holes are filled at once, and undone in one step', async () => {
  const { name, marked } = await firstOf(HOLES, async (name, marked) => {
    await window.openFile(name);
    const order = () => window.command('diffgemma: Fill the Marked Holes');
    if (!(await window.comesOf(order, window.dirtyMark, LOADED))) return null;
    await window.save();
    const holes = inHoles(marked, window.read(name));
    assert.equal(holes.length, 3);
    return holes.every((text) => text.trim()) && { name, marked };
  });
  await window.press('Control+Z');
  await window.dirtyMark.waitFor();
  await window.save();
  assert.equal(window.read(name), marked);
});

scene('a file keeps its CRLF line ends', async () => {
  const { name, text } = await firstOf(CRLF, async (name, text) => {
    await window.openFile(name);
    await window.goTo(1, 1);
    const order = () => window.command('diffgemma: Write a Docstring');
    return (await window.comesOf(order, window.dirtyMark, LOADED)) && { name, text };
  });
  await window.save();
  const written = window.read(name);
  const [docstring] = inHoles(text.replace('):\r\n', '$&<|fill|>'), written);
  assert.match(docstring, /^ {4}"""[^]*\S[^]*"""\r\n$/);
  assert.doesNotMatch(written, /(?<!\r)\n|\r(?!\n)/);
});

scene('a rewrite is rejected', async () => {
  const { name, text } = await rewritten(REJECT);
  await window.press('Escape');
  await window.preview(false);
  assert.equal(await window.isDirty(), false);
  assert.equal(window.read(name), text);
});

scene('a rewrite is accepted, and undone in one step', async () => {
  const { name, text } = await rewritten(ACCEPT);
  await window.picture('starter-preview');
  await window.press('Control+Enter');
  await window.dirtyMark.waitFor();
  await window.preview(false);
  await window.save();
  const [body] = inHoles(text.replace(BODY, '<|fill|>'), window.read(name));
  assert.notEqual(body, BODY);
  await window.press('Control+Z');
  await window.dirtyMark.waitFor();
  await window.save();
  assert.equal(window.read(name), text);
});

scene('ghost text is accepted with Tab into the saved file', async () => {
  await accept(await suggested(TAB, /\S/));
});

scene('typing through a suggestion keeps it', async () => {
  const suggestion = await suggested(THROUGH, /^\w{3}/);
  const { ghost } = suggestion;
  const [word] = /^\w+/.exec(ghost);
  for (let typed = 1; typed < word.length; typed += 1) {
    await window.type(ghost[typed - 1]);
    await window.ghost(new RegExp(`^${RegExp.escape(ghost.slice(typed))}$`));
  }
  await accept(suggestion);
});

scene('emoji before the cursor do not shift a suggestion', async () => {
  await accept(await suggested(WIDE, /\S/));
});

/** Have the loop of a function rewritten: in a file for which the model finds another text, which is previewed. */
function rewritten(files) {
  return firstOf(files, async (name, text) => {
    await window.openFile(name);
    await window.goTo(2, 1);
    await window.press('Shift+ArrowDown', 'Shift+ArrowDown', 'Shift+End');
    const order = async () => {
      await window.press('Control+Alt+R');
      await window.answer('What should become of it?', 'shorter');
    };
    return (await window.comesOf(order, window.rewrite, LOADED)) && { name, text };
  });
}

/** Ask for a suggestion at the end of a line that `files` have marked, until there is one like `expected`. */
function suggested(files, expected) {
  return firstOf(files, async (name, marked) => {
    const line = marked.split('<|fill|>')[0].split('\n').length;
    await window.openFile(name);
    await window.goTo(line, 1);
    await window.said();
    await window.press('End', 'Control+Alt+S');
    await window.ended(LOADED);
    const ghost = await window.ghost(/\S/, 3000).catch(() => '');
    return expected.test(ghost) && { name, marked, ghost };
  });
}

/** Accept a suggestion with Tab: it then stands in the saved file, together with what was typed of it. */
async function accept({ name, marked, ghost }) {
  await window.press('Tab');
  await window.dirtyMark.waitFor();
  await window.save();
  const [text] = inHoles(marked, window.read(name));
  // Ghost text has no line ends.
  assert.equal(text.replaceAll(/\s/g, ''), ghost.replaceAll(/\s/g, ''));
}
