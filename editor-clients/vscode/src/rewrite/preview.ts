/** A rewrite before it is one: a diff between the lines, which leaves the document alone until it is accepted. */

import * as vscode from 'vscode';
import type { Change } from './change';
import { diffLines } from './change';

export type Verdict = { readonly kind: 'accept' | 'reject' | 'stale' } | { readonly kind: 'retry'; readonly note: string };

const SHOWING = 'diffgemma.previewing';

export class Preview implements vscode.Disposable {
  readonly #controller = vscode.comments.createCommentController('diffgemma', 'diffgemma');
  readonly #going = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('diffEditor.removedLineBackground'),
    overviewRulerColor: new vscode.ThemeColor('diffEditorOverview.removedForeground'),
  });
  #decide: ((verdict: Verdict) => void) | null = null;

  constructor() {
    this.#controller.options = { prompt: 'Again, with a note', placeHolder: 'shorter, without recursion, …' };
  }

  /** Show a change until its user decides, or until the document is another. A newer preview rejects this one. */
  async show(document: vscode.TextDocument, change: Change): Promise<Verdict> {
    this.decide({ kind: 'reject' });
    const last = Math.max(change.start, change.end - 1);
    const range = new vscode.Range(change.start, 0, last, document.lineAt(last).text.length);
    const thread = this.#controller.createCommentThread(document.uri, range, []);
    const watching: vscode.Disposable[] = [
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.document === document && event.contentChanges.length > 0) {
          this.decide({ kind: 'stale' });
        }
      }),
      vscode.workspace.onDidCloseTextDocument((closed) => {
        if (closed === document) {
          this.decide({ kind: 'stale' });
        }
      }),
    ];
    try {
      const verdict = new Promise<Verdict>((resolve) => {
        this.#decide = resolve;
      });
      thread.label = 'Rewrite: Ctrl+Enter accepts, Escape rejects';
      thread.contextValue = 'diffgemma.rewrite';
      thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
      // With the default that package.json sets, a thread that is resolved does not open the panel of comments.
      thread.state = vscode.CommentThreadState.Resolved;
      thread.comments = [commentOf(change)];
      this.#paint(document, change.end > change.start ? [range] : []);
      await vscode.commands.executeCommand('setContext', SHOWING, true);
      return await verdict;
    } finally {
      this.#decide = null;
      thread.dispose();
      vscode.Disposable.from(...watching).dispose();
      this.#paint(document, []);
      await vscode.commands.executeCommand('setContext', SHOWING, false);
    }
  }

  /** Say what becomes of the change that is shown; nothing where none is. */
  decide(verdict: Verdict): void {
    this.#decide?.(verdict);
  }

  dispose(): void {
    this.decide({ kind: 'reject' });
    this.#controller.dispose();
    this.#going.dispose();
  }

  #paint(document: vscode.TextDocument, ranges: vscode.Range[]): void {
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document === document) {
        editor.setDecorations(this.#going, ranges);
      }
    }
  }
}

function commentOf({ before, after }: Change): vscode.Comment {
  const body = new vscode.MarkdownString().appendCodeblock(diffLines(before, after).join('\n'), 'diff');
  return { body, mode: vscode.CommentMode.Preview, author: { name: 'diffgemma' } };
}
