/** A place of a document as a command of the server wants it. */

import type * as vscode from 'vscode';
import type { FillArguments } from '../protocol';

export function argumentsFor(document: vscode.TextDocument, range?: vscode.Range): FillArguments {
  const textDocument = { uri: document.uri.toString(), version: document.version };
  return range ? { textDocument, range: { start: plain(range.start), end: plain(range.end) } } : { textDocument };
}

function plain({ line, character }: vscode.Position): { line: number; character: number } {
  return { line, character };
}
