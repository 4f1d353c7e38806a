/** The instructions of former rewrites, newest first. Knows no editor. */

const MOST = 30;

/** The history with one more instruction; one that was there moves to the front. */
export function remember(history: readonly string[], instruction: string): string[] {
  return instruction ? [instruction, ...history.filter((one) => one !== instruction)].slice(0, MOST) : [...history];
}

/** The instruction of another try, with what its user said about the last one. */
export function withNote(instruction: string, note: string): string {
  const said = note.trim();
  return [instruction.trim(), said].filter(Boolean).join('. ');
}
