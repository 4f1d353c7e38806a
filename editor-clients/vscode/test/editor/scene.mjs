/** Tests that leave pictures behind. */

import { test } from 'node:test';

/**
 * How to write a test of the window that `windowOf` gives; its end is kept as a picture, and so is its failure. Names of
 * pictures begin with `series`.
 */
export function scenes(windowOf, series = '') {
  return (name, play) =>
    test(name, async () => {
      const window = windowOf();
      const file = `${series} ${name}`.trim().toLowerCase().replaceAll(/\W+/g, '-');
      await window.said();
      try {
        await play(window);
      } catch (error) {
        await window.picture(`failed-${file}`);
        error.stack += `\nThe status bar said: ${(await window.said()).join(' | ')}`;
        throw error;
      }
      await window.picture(file);
    });
}

/** Wait until a condition of the machine, not of the screen, holds. */
export async function until(condition, timeout = 20_000) {
  const end = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${condition} does not hold after ${timeout} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
