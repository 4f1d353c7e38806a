// One editor window on a server process, as the official protocol library speaks to it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { pathToFileURL } from "node:url";

import protocol from "vscode-languageserver-protocol/node";

const { StreamMessageReader, StreamMessageWriter, createProtocolConnection } = protocol;

// The command line of the server, as JSON; an installed one is found by its name.
const COMMAND = JSON.parse(process.env.DIFFGEMMA_LSP ?? '["diffgemma-lsp"]');

const CAPABILITIES = {
  workspace: {
    applyEdit: true,
    configuration: true,
    workspaceEdit: { documentChanges: true },
    didChangeConfiguration: { dynamicRegistration: true },
  },
  textDocument: {
    inlineCompletion: {},
    codeAction: {
      resolveSupport: { properties: ["edit"] },
      codeActionLiteralSupport: { codeActionKind: { valueSet: ["refactor.rewrite"] } },
    },
  },
  window: { workDoneProgress: true },
  general: { positionEncodings: ["utf-16"] },
};

export class Editor {
  /** Everything that the server said, by method. */
  heard = new Map();
  /** Open documents by uri: `version` and `text`. */
  documents = new Map();
  /** The settings of the section `diffgemma`. */
  settings = {};
  #waiting = new Set();

  /** Starts a server in `folder` with more `args`, and initializes it. */
  static async start(folder, args, { initializationOptions, capabilities = CAPABILITIES } = {}) {
    const editor = new Editor();
    const [program, ...first] = COMMAND;
    editor.folder = folder;
    editor.process = spawn(program, [...first, ...args], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
    editor.exited = once(editor.process, "exit");
    editor.connection = createProtocolConnection(
      new StreamMessageReader(editor.process.stdout),
      new StreamMessageWriter(editor.process.stdin),
    );
    editor.#listen();
    editor.connection.listen();
    const rootUri = pathToFileURL(folder).href;
    const initialized = editor.connection.sendRequest(protocol.InitializeRequest.type, {
      processId: process.pid,
      rootUri,
      workspaceFolders: [{ uri: rootUri, name: "workspace" }],
      capabilities,
      initializationOptions,
    });
    const ended = editor.exited.then(([code]) => {
      throw new Error(`the server ended with ${code} before it was initialized`);
    });
    editor.initialized = await Promise.race([initialized, ended]);
    ended.catch(() => {});
    await editor.connection.sendNotification(protocol.InitializedNotification.type, {});
    return editor;
  }

  /** Says shutdown and exit, and returns the exit code. */
  async stop() {
    if (this.process.exitCode === null) {
      await this.connection.sendRequest(protocol.ShutdownRequest.type);
      await this.connection.sendNotification(protocol.ExitNotification.type);
    }
    const [code] = await this.exited;
    this.connection.dispose();
    return code;
  }

  async open(text, name = "file.py", languageId = "python") {
    const uri = `${pathToFileURL(this.folder).href}/${name}`;
    this.documents.set(uri, { version: 1, text });
    await this.connection.sendNotification(protocol.DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId, version: 1, text },
    });
    return uri;
  }

  /** Replaces the text from one offset up to another, both in UTF-16 units. */
  async replace(uri, start, end, text) {
    const before = this.documents.get(uri);
    const range = { start: position(before.text, start), end: position(before.text, end) };
    const after = before.text.slice(0, start) + text + before.text.slice(end);
    await this.#change(uri, after, [{ range, text }]);
  }

  /** Asks for suggestions behind the `|` that would stand at an offset. */
  ask(uri, offset, { triggerKind = protocol.InlineCompletionTriggerKind.Invoked, token } = {}) {
    const params = {
      textDocument: { uri },
      position: position(this.documents.get(uri).text, offset),
      context: { triggerKind },
    };
    return this.connection.sendRequest(protocol.InlineCompletionRequest.type, params, token);
  }

  run(command, argument, token) {
    const params = { command: `diffgemma.${command}`, arguments: argument === undefined ? [] : [argument] };
    return this.connection.sendRequest(protocol.ExecuteCommandRequest.type, params, token);
  }

  /** Returns what the server said with a method so far. */
  said(method) {
    return this.heard.get(method) ?? [];
  }

  /** Waits until `holds()` is true, looking after each thing that the server says; returns what it is. */
  async until(holds) {
    let result = holds();
    while (!result) {
      await new Promise((resolve) => this.#waiting.add(resolve));
      result = holds();
    }
    return result;
  }

  async #change(uri, text, contentChanges) {
    const version = this.documents.get(uri).version + 1;
    this.documents.set(uri, { version, text });
    await this.connection.sendNotification(protocol.DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version },
      contentChanges,
    });
  }

  #listen() {
    const answers = {
      "workspace/configuration": ({ items }) => items.map(() => this.settings),
      "workspace/applyEdit": ({ edit }) => this.#apply(edit),
      "client/registerCapability": () => null,
      "window/workDoneProgress/create": () => null,
    };
    for (const [method, answer] of Object.entries(answers)) {
      this.connection.onRequest(method, (params) => {
        this.#note(method, params);
        return answer(params);
      });
    }
    this.connection.onNotification((method, params) => this.#note(method, params));
    // Progress goes to whoever asked under its token, so the library keeps it from the handler above.
    this.connection.onUnhandledProgress((params) => this.#note("$/progress", params));
  }

  #note(method, params) {
    this.heard.set(method, [...this.said(method), params]);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  async #apply({ documentChanges: [{ textDocument, edits }] }) {
    const { version, text } = this.documents.get(textDocument.uri);
    if (version !== textDocument.version) return { applied: false };
    const after = edits
      .map(({ range, newText }) => ({ start: offset(text, range.start), end: offset(text, range.end), newText }))
      .sort((one, other) => other.start - one.start)
      .reduce((changed, { start, end, newText }) => changed.slice(0, start) + newText + changed.slice(end), text);
    await this.#change(textDocument.uri, after, [{ text: after }]);
    return { applied: true };
  }
}

/** Returns the position of an offset in a text whose lines end with line feeds, with or without carriage returns. */
export function position(text, at) {
  const lines = text.slice(0, at).split("\n");
  return { line: lines.length - 1, character: lines.at(-1).length };
}

function offset(text, { line, character }) {
  return text.split("\n").slice(0, line).join("\n").length + (line > 0 ? 1 : 0) + character;
}
