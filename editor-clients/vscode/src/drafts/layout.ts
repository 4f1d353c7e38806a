/** Where a draft's tokens are painted, and how strongly. Knows no editor. */

import type { DraftHole, DraftSpan } from '../protocol';

export type Strength = 'faint' | 'likely' | 'sure' | 'settled';

export interface Ink {
  readonly line: number;
  readonly character: number;
  readonly text: string;
  readonly strength: Strength;
}

/** Longer drafts end in an ellipsis: nobody reads more of a text that still changes. */
const MOST_CHARACTERS = 400;
const NO_BREAK_SPACE = '\u00a0';

/**
 * The ink of one hole, in the order in which it is painted.
 *
 * An editor paints no new lines into a text. So each line of the draft stands beside the line that it takes the place
 * of, and what has no line of its own goes on behind the last one, after a sign for the line's end. `lineLength` says
 * how many characters a line of the document has.
 */
export function inkOf(hole: DraftHole, lineLength: (line: number) => number): Ink[] {
  const { start, end } = hole.range;
  const replaces = start.line !== end.line || start.character !== end.character;
  const ink: Ink[] = [];
  let left = MOST_CHARACTERS;
  let line = start.line;
  let isIndentation = false;
  const put = (text: string, strength: Strength) => {
    if (text === '') {
      return;
    }
    const at = line < end.line ? { line, character: lineLength(line) } : end;
    const last = ink.at(-1);
    if (last?.line === at.line && last.strength === strength) {
      ink[ink.length - 1] = { ...last, text: last.text + text };
    } else {
      ink.push({ line: at.line, character: at.character, text, strength });
    }
  };
  if (replaces) {
    isIndentation = start.character === 0;
    put(' → ', 'faint');
  }
  for (const span of hole.spans) {
    const strength = strengthOf(span);
    const [first = '', ...others] = span.text.slice(0, left).split(/\r?\n/);
    left -= span.text.length;
    // Beside other text an indentation says nothing.
    const unindented = (text: string) => {
      const rest = isIndentation ? text.trimStart() : text;
      isIndentation &&= rest === '';
      return rest;
    };
    put(unindented(first), strength);
    for (const text of others) {
      if (line < end.line) {
        line += 1;
        put(' → ', 'faint');
      } else {
        put(' ⏎ ', 'faint');
      }
      isIndentation = true;
      put(unindented(text), strength);
    }
    if (left < 0) {
      put('…', 'faint');
      break;
    }
  }
  return ink.map((one) => ({ ...one, text: visible(one.text) }));
}

/** How sure the model is of a token; what has settled is not going to change. */
export function strengthOf({ confidence, isSettled }: DraftSpan): Strength {
  if (isSettled) {
    return 'settled';
  }
  return confidence < 0.3 ? 'faint' : confidence < 0.6 ? 'likely' : 'sure';
}

function visible(text: string): string {
  return text.replaceAll('\t', NO_BREAK_SPACE.repeat(4)).replaceAll(' ', NO_BREAK_SPACE);
}
