// The language server with the fake engine, seen by the official protocol library.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";

import protocol from "vscode-languageserver-protocol/node";

import { Editor, position } from "./editor.js";

const { CancellationTokenSource, ErrorCodes, InlineCompletionTriggerKind, LSPErrorCodes } = protocol;
const SLOW = "steps = 200\ndelay_seconds = 0.05\n";

let folder;
let editor;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "diffgemma-node-"));
});

afterEach(async () => {
  await editor?.stop();
  editor = undefined;
  await rm(folder, { recursive: true });
});

async function start(script, options) {
  const path = join(folder, "script.toml");
  await writeFile(path, script);
  editor = await Editor.start(folder, ["--engine", "fake", "--model", path], options);
}

function texts(list) {
  return list.items.map((item) => item.insertText);
}

test("a server introduces itself and ends in order", async () => {
  await start("");
  const { capabilities, serverInfo } = editor.initialized;
  assert.equal(serverInfo.name, "diffgemma-lsp");
  assert.ok(capabilities.inlineCompletionProvider);
  assert.equal(capabilities.positionEncoding, "utf-16");
  assert.equal(capabilities.textDocumentSync.change, protocol.TextDocumentSyncKind.Incremental);
  assert.ok(capabilities.executeCommandProvider.commands.includes("diffgemma.fillHoles"));
  assert.ok(capabilities.codeActionProvider.resolveProvider);
  assert.equal(await editor.stop(), 0);
});

test("a server whose client vanishes ends by itself", async () => {
  await start("");
  editor.process.stdin.destroy();
  const [code] = await editor.exited;
  assert.equal(code, 1);
});

test("an invoked request gets several items at the cursor, an automatic one gets one", async () => {
  await start('answers = ["a + 1", "b + 2", "c + 3"]');
  const uri = await editor.open("😀 = \ny = \n");
  const invoked = await editor.ask(uri, 5);
  assert.deepEqual(texts(invoked), ["a + 1", "b + 2", "c + 3"]);
  const cursor = { line: 0, character: 5 };
  assert.deepEqual(invoked.items[0].range, { start: cursor, end: cursor });
  const automatic = await editor.ask(uri, 10, { triggerKind: InlineCompletionTriggerKind.Automatic });
  assert.deepEqual(texts(automatic), ["a + 1"]);
});

test("typing is followed, and what is typed through a suggestion costs no fill", async () => {
  await start('answers = ["total + 1", "wrong"]', { initializationOptions: { drafts: true } });
  const uri = await editor.open("é😀\r\nx = \r\n");
  assert.equal(texts(await editor.ask(uri, 9))[0], "total + 1");
  await editor.replace(uri, 0, 3, "漢");
  const at = editor.documents.get(uri).text.indexOf("x = ") + 4;
  await editor.ask(uri, at);
  await editor.replace(uri, at, at, "tot");
  assert.equal(texts(await editor.ask(uri, at + 3))[0], "al + 1");
  const { document } = await editor.run("status", { textDocument: { uri } });
  const { text, version } = editor.documents.get(uri);
  assert.equal(document.version, version);
  assert.equal(document.sha256, createHash("sha256").update(text).digest("hex"));
  const tasks = new Set(editor.said("diffgemma/draft").map((draft) => draft.taskId));
  assert.equal(tasks.size, 2);
});

test("a cancelled request is rejected as cancelled, and its fill stops", async () => {
  await start(SLOW, { initializationOptions: { drafts: true } });
  const uri = await editor.open("x = \n");
  const source = new CancellationTokenSource();
  const request = editor.ask(uri, 4, { token: source.token });
  await editor.until(() => editor.said("diffgemma/draft").length > 0);
  source.cancel();
  await assert.rejects(request, { code: LSPErrorCodes.RequestCancelled });
  assert.equal((await editor.run("status")).running, 0);
  assert.equal(editor.said("diffgemma/draft").at(-1).done, "cancelled");
});

test("a newer request answers the older one of its document with null", async () => {
  await start(SLOW);
  const uri = await editor.open("x = \ny = \n");
  const older = editor.ask(uri, 4);
  const source = new CancellationTokenSource();
  const newer = editor.ask(uri, 9, { token: source.token });
  assert.equal(await older, null);
  source.cancel();
  await assert.rejects(newer, { code: LSPErrorCodes.RequestCancelled });
});

test("marked holes are filled by one versioned edit, and drafts lead up to it", async () => {
  await start('answers = ["1", "\'😀\'"]\nsteps = 4\ndelay_seconds = 0.05\n', {
    initializationOptions: { drafts: true },
  });
  const uri = await editor.open("'😀'; x = <|fill|>\r\ny = <|fill|>\r\n");
  const answer = await editor.run("fillHoles", { textDocument: { uri, version: 1 } });
  assert.equal(answer.applied, true);
  assert.equal(editor.documents.get(uri).text, "'😀'; x = 1\r\ny = '😀'\r\n");
  const applied = editor.said("workspace/applyEdit");
  assert.equal(applied.length, 1);
  assert.equal(applied[0].edit.documentChanges[0].textDocument.version, 1);
  await editor.until(() => editor.said("diffgemma/draft").at(-1)?.done);
  const drafts = editor.said("diffgemma/draft");
  assert.deepEqual(
    drafts.map((draft) => draft.step ?? draft.done),
    [0, 1, 2, 3, "filled"],
  );
  assert.deepEqual(drafts[0].holes[0].range.start, position("'😀'; x = ", 10));
});

test("a document that moved on gets a message and no edit", async () => {
  await start("steps = 8\ndelay_seconds = 0.05\n", { initializationOptions: { drafts: true } });
  const uri = await editor.open("x = <|fill|>\n");
  const order = editor.run("fillHoles", { textDocument: { uri } });
  await editor.until(() => editor.said("diffgemma/draft").length > 0);
  await editor.replace(uri, 0, 0, "y");
  assert.equal((await order).reason, "stale");
  assert.equal(editor.said("workspace/applyEdit").length, 0);
  assert.match(editor.said("window/showMessage")[0].message, /the document changed/);
});

test("a fill is shown as progress and called off by it", async () => {
  await start(SLOW);
  const uri = await editor.open("x = <|fill|>\n");
  const order = editor.run("fillHoles", { textDocument: { uri } });
  const [{ token, value }] = await editor.until(
    () => editor.said("$/progress").length > 0 && editor.said("$/progress"),
  );
  assert.equal(value.kind, "begin");
  assert.equal(editor.said("window/workDoneProgress/create")[0].token, token);
  await editor.connection.sendNotification(protocol.WorkDoneProgressCancelNotification.type, { token });
  assert.equal((await order).reason, "cancelled");
  await editor.until(() => editor.said("$/progress").at(-1).value.kind === "end");
});

test("a code action is computed when it is resolved", async () => {
  await start('answers = ["return 1"]');
  const uri = await editor.open("def f():\n    pass\n");
  const cursor = position("def f():\n    ", 13);
  const actions = await editor.connection.sendRequest(protocol.CodeActionRequest.type, {
    textDocument: { uri },
    range: { start: cursor, end: cursor },
    context: { diagnostics: [] },
  });
  const action = actions.find(({ title }) => title.startsWith("Complete this body"));
  assert.equal(action.edit, undefined);
  const { edit } = await editor.connection.sendRequest(protocol.CodeActionResolveRequest.type, action);
  const [change] = edit.documentChanges;
  assert.deepEqual([change.textDocument.version, change.edits[0].newText], [1, "return 1"]);
});

test("changed settings hold at once", async () => {
  await start('answers = ["1", "2", "3"]');
  const uri = await editor.open("x = \n");
  assert.equal((await editor.ask(uri, 4)).items.length, 3);
  editor.settings = { candidates: 2, languages: { lua: false }, confidence: 7 };
  await editor.connection.sendNotification(protocol.DidChangeConfigurationNotification.type, { settings: null });
  await editor.until(() => editor.said("window/showMessage").length > 0);
  assert.match(editor.said("window/showMessage")[0].message, /confidence to 7/);
  assert.equal((await editor.ask(uri, 4)).items.length, 2);
  const lua = await editor.open("x = \n", "file.lua", "lua");
  assert.deepEqual(texts(await editor.ask(lua, 4)), []);
});

test("a secret file gets nothing, and the status says why", async () => {
  await start('answers = ["1"]');
  const uri = await editor.open("KEY=\n", ".env", "dotenv");
  assert.deepEqual(texts(await editor.ask(uri, 4)), []);
  const [{ kind, message }] = editor.said("didChangeStatus");
  assert.equal(kind, "Inactive");
  assert.match(message, /secret/);
});

test("what is unknown or wrong is an error answer, and the server lives", async () => {
  await start("");
  const wrong = [
    ["no/such/method", {}, ErrorCodes.MethodNotFound],
    ["workspace/executeCommand", { command: "no.such.command" }, ErrorCodes.InvalidParams],
    ["textDocument/inlineCompletion", { position: 3 }, ErrorCodes.InvalidParams],
  ];
  for (const [method, params, code] of wrong) {
    await assert.rejects(editor.connection.sendRequest(method, params), { code });
  }
  assert.equal((await editor.run("status")).running, 0);
});
