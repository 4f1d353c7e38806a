/** The starter checkpoint on a stage. Nobody knows what so small a model writes, or whether it finds anything. */

import assert from 'node:assert/strict';
import { launch } from './stage.mjs';

/** How long a model may take to load on a busy machine, in milliseconds. */
export const LOADED = 120_000;
const NOUNS = ['price', 'width', 'name', 'path', 'count', 'word'];

export async function launchStarter() {
  const stage = await launch(['--model', 'starter']);
  // A copy of another file's line takes one step, too few to be seen in the status bar.
  stage.configure({ 'diffgemma.precedentLines': 0 });
  return stage;
}

/** Files that differ by a noun, texts by their names: each is another try for a model that may find nothing. */
export function tries(stem, textOf) {
  return Object.fromEntries(NOUNS.map((noun) => [`${stem}-${noun}.py`, textOf(noun)]));
}

/** Try one file after the other until something comes of it, and return that. */
export async function firstOf(files, attempt) {
  for (const [name, text] of Object.entries(files)) {
    const found = await attempt(name, text);
    if (found) return found;
  }
  throw new Error(`nothing came of ${Object.keys(files).join(', ')}`);
}

/** What stands where `marked` has holes, in a text that is otherwise the same byte for byte, special tokens nowhere. */
export function inHoles(marked, text) {
  const fixed = marked.split('<|fill|>').map((piece) => RegExp.escape(piece));
  const found = new RegExp(`^${fixed.join('([^]*?)')}$`).exec(text);
  assert.ok(found, `${JSON.stringify(text)} differs from ${JSON.stringify(marked)} outside of its holes`);
  assert.doesNotMatch(text, /<\|\w+\|>/);
  return found.slice(1);
}
