/** Which documents the server can see. Knows no editor. */

const REACHABLE = new Set(['file', 'untitled']);
/** Editors that show no code: an output channel, a comment's reply box, a diff's other side. */
const UNRELATED = new Set(['output', 'comment', 'git', 'vscode-settings', 'debug', 'search-editor', 'walkThrough']);

/** Why a document of this scheme gets no suggestions, empty where it can. */
export function whyUnreachable(scheme: string | undefined): string {
  if (scheme === undefined || REACHABLE.has(scheme) || UNRELATED.has(scheme)) {
    return '';
  }
  return `documents of ${scheme}: are no files on this machine, so they get no suggestions`;
}
