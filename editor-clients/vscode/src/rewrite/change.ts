/** Text before and after an edit, in whole lines. Knows no editor. */

import type { TextEdit } from 'vscode-languageclient';

export interface Change {
  /** The lines that differ, as the document counts them; `end` is the first line after them. */
  readonly start: number;
  readonly end: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** What edits do to the lines of a document; they do not overlap, and may come in any order. */
export function changeOf(lines: readonly string[], edits: readonly TextEdit[]): Change {
  const ordered = [...edits].sort((a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character);
  const first = ordered[0];
  const last = ordered.at(-1);
  if (!first || !last) {
    return { start: 0, end: 0, before: [], after: [] };
  }
  const start = first.range.start.line;
  const end = last.range.end.line + 1;
  let text = '';
  let at = { line: start, character: 0 };
  for (const { range, newText } of ordered) {
    text += between(lines, at, range.start) + newText;
    at = range.end;
  }
  text += between(lines, at, { line: end - 1, character: lines[end - 1]?.length ?? 0 });
  return { start, end, before: lines.slice(start, end), after: text.split(/\r\n|\r|\n/) };
}

/** The lines of a unified diff without its header: each begins with a blank, a minus or a plus. */
export function diffLines(before: readonly string[], after: readonly string[]): string[] {
  const lengths = commonLengths(before, after);
  const lines: string[] = [];
  let old = 0;
  let young = 0;
  while (old < before.length || young < after.length) {
    const [was, is] = [before[old], after[young]];
    if (was !== undefined && was === is) {
      lines.push(` ${was}`);
      old += 1;
      young += 1;
    } else if (was !== undefined && (is === undefined || (lengths[old + 1]?.[young] ?? 0) >= (lengths[old]?.[young + 1] ?? 0))) {
      lines.push(`-${was}`);
      old += 1;
    } else {
      lines.push(`+${is ?? ''}`);
      young += 1;
    }
  }
  return lines;
}

/** `lengths[i][j]` is how many lines the rests of both texts from i and j on have in common, in order. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let old = before.length - 1; old >= 0; old -= 1) {
    for (let young = after.length - 1; young >= 0; young -= 1) {
      const row = lengths[old];
      const next = lengths[old + 1];
      if (row && next) {
        row[young] = before[old] === after[young] ? (next[young + 1] ?? 0) + 1 : Math.max(next[young] ?? 0, row[young + 1] ?? 0);
      }
    }
  }
  return lengths;
}

function between(lines: readonly string[], from: { line: number; character: number }, to: { line: number; character: number }): string {
  if (from.line === to.line) {
    return (lines[from.line] ?? '').slice(from.character, to.character);
  }
  const middle = lines.slice(from.line + 1, to.line);
  return [(lines[from.line] ?? '').slice(from.character), ...middle, (lines[to.line] ?? '').slice(0, to.character)].join('\n');
}
