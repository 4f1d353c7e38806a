// The language server with a resident engine and the checkpoint that comes with it: no part of it is pretended.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { Editor } from "./editor.js";

const BEFORE = "def add(first, second):\n    return ";
const AFTER = "\n\n\ndef twice(number):\n    return <|fill|>\n";

test("the starter checkpoint completes and fills through a resident engine", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "diffgemma-node-"));
  const editor = await Editor.start(folder, [], { initializationOptions: { drafts: true } });
  context.after(async () => {
    await editor.stop();
    await rm(folder, { recursive: true });
  });
  assert.equal((await editor.run("status")).engine.state, "stopped");
  const uri = await editor.open(BEFORE + AFTER);

  const { items } = await editor.ask(uri, BEFORE.length);
  assert.ok(items.length > 0);
  for (const { insertText } of items) {
    assert.ok(insertText.trim());
    assert.doesNotMatch(insertText, /<\|/);
  }
  assert.equal((await editor.run("status")).engine.state, "ready");

  const answer = await editor.run("fillHoles", { textDocument: { uri } });
  assert.deepEqual([answer.applied, answer.reason, answer.followsInstructions], [true, null, false]);
  const { text } = editor.documents.get(uri);
  const kept = BEFORE + AFTER.slice(0, AFTER.indexOf("<|fill|>"));
  assert.ok(text.startsWith(kept));
  assert.ok(text.slice(kept.length).trim());
  assert.doesNotMatch(text, /<\|/);
  assert.equal(editor.said("diffgemma/draft").at(-1).done, "filled");
});
