/** One window of the editor, driven as its user would: keys, the palette, and what is on the screen. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const READY = 60_000;

export class Window {
  constructor(server, page, out) {
    this.server = server;
    this.page = page;
    this.out = out;
  }

  /** Open a file of the project in a new window, and wait until the extension is ready; `files` are all there are. */
  static async open(server, browser, out, files, name) {
    mkdirSync(out, { recursive: true });
    const context = await browser.newContext({ viewport: { width: 1000, height: 560 } });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const window = new Window(server, page, out);
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(server.project, name), text);
    const file = JSON.stringify([['openFile', `vscode-remote://${new URL(server.url).host}${path.join(server.project, name)}`]]);
    await page.goto(`${server.url}/?folder=${server.project}&payload=${encodeURIComponent(file)}`);
    await page.locator('.monaco-editor .view-line').first().waitFor({ timeout: READY });
    await window.status(/ready|inactive/, READY);
    // A new user is shown the walkthrough.
    await page.locator('.tab', { hasText: 'Welcome' }).locator('.tab-actions .action-label').click({ timeout: READY });
    await page.locator(`.tab.active[data-resource-name="${name}"]`).click();
    await page.locator('.editor-instance .monaco-editor.focused').waitFor();
    await page.keyboard.press('Control+B');
    await page.locator('.part.sidebar').waitFor({ state: 'hidden' });
    await page.mouse.move(500, 500);
    await window.watch();
    return window;
  }

  /** A file of the project as it is on the disk. */
  read(name) {
    return readFileSync(path.join(this.server.project, name), 'utf8');
  }

  /** Have the editor ask something, by a key. The page of a walkthrough swallows keys while it loads. */
  async quickInput(key, text) {
    const input = this.page.locator('.quick-input-box input');
    await input.waitFor({ state: 'hidden' });
    for (let tries = 0; tries < 10 && !(await input.isVisible()); tries += 1) {
      await this.page.keyboard.press(key);
      await input.waitFor({ timeout: 2000 }).catch(() => undefined);
    }
    await input.fill(text);
  }

  /** Open another file of the project, or go back to one that is open. */
  async openFile(name) {
    const tab = this.page.locator(`.tab[data-resource-name="${name}"]`);
    if (await tab.count()) {
      await tab.click();
    } else {
      await this.quickInput('Control+P', name);
      await this.page.locator('.quick-input-list .monaco-list-row.focused').filter({ hasText: name }).waitFor();
      await this.page.keyboard.press('Enter');
    }
    await this.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
    await this.focus();
  }

  /** Run a command by its title in the palette. */
  async command(title) {
    await this.quickInput('F1', `>${title}`);
    await this.page.locator('.quick-input-list .monaco-list-row.focused').filter({ hasText: title }).waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** Put the cursor at a line and a column, both from 1. */
  async goTo(line, column) {
    await this.page.keyboard.press('Control+G');
    await this.page.locator('.quick-input-box input').fill(`:${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    await this.page.locator('.editor-instance .monaco-editor.focused').waitFor();
    await this.page.locator('.statusbar-item', { hasText: `Ln ${line}, Col ${column}` }).first().waitFor();
  }

  /** The entry of the status bar, once it says what is expected. */
  async status(expected, timeout = 20_000) {
    const found = await this.page.waitForFunction(
      (pattern) => {
        const label = document.querySelector('[id$="diffgemma.status"] a')?.getAttribute('aria-label') ?? '';
        return new RegExp(pattern).test(label) && label;
      },
      expected.source,
      { timeout },
    );
    return found.jsonValue();
  }

  /** Keep all that the status bar says from now on. */
  async watch() {
    await this.page.evaluate(() => {
      globalThis.said = [];
      const note = () => {
        const label = document.querySelector('[id$="diffgemma.status"] a')?.getAttribute('aria-label');
        if (label && label !== globalThis.said.at(-1)) globalThis.said.push(label);
      };
      new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'] });
    });
  }

  /** What the status bar has said since the last call. */
  said() {
    return this.page.evaluate(() => globalThis.said.splice(0));
  }

  /** The denoising steps that the status bar has named since the last call. */
  async steps() {
    const said = await this.said();
    return said.map((label) => /step (\d+) of/.exec(label)?.[1]).filter(Boolean).map(Number);
  }

  /** Choose an entry of the status bar's menu. */
  async menu(entry) {
    await this.page.locator('[id$="diffgemma.status"] a').click();
    await this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: entry }).click();
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  /** The mark that the text of the editor in front differs from its file. */
  get dirtyMark() {
    return this.page.locator('.tab.active.dirty');
  }

  /** Say whether the text of the editor in front differs from its file. */
  async isDirty() {
    return (await this.dirtyMark.count()) > 0;
  }

  /** What popped up and is still there. */
  popUps() {
    return this.page.locator('.notification-toast, .monaco-dialog-box').allTextContents();
  }

  /** Wait for a message that holds `text`. */
  async message(text) {
    await this.page.locator('.notification-toast', { hasText: text }).first().waitFor();
  }

  /** Carry out an order, and say whether `sign`, a locator, then shows what came of it, or a message that nothing did. */
  async comesOf(order, sign, timeout) {
    await this.command('Notifications: Clear All Notifications');
    const nothing = this.page.locator('.notification-toast', { hasText: 'suggests nothing else' });
    await nothing.waitFor({ state: 'hidden' });
    await order();
    await sign.or(nothing).first().waitFor({ timeout });
    return (await sign.count()) > 0;
  }

  /** Type an answer into an input box, which is known by its placeholder. */
  async answer(placeholder, text) {
    await this.page.getByPlaceholder(placeholder).waitFor();
    await this.type(text);
    await this.press('Enter');
  }

  /** The preview of a rewrite. */
  get rewrite() {
    return this.page.locator('.review-widget', { hasText: 'Ctrl+Enter accepts' });
  }

  /** Wait until the preview of a rewrite is shown, or gone. */
  async preview(isThere) {
    await this.rewrite.waitFor({ state: isThere ? 'visible' : 'detached' });
  }

  /** Press a button of the preview, which is known by its icon. */
  async button(icon) {
    await this.page.locator(`.review-widget .action-label.codicon-${icon}`).first().click();
  }

  /** Put the focus into the text. */
  async focus() {
    await this.page.keyboard.press('Control+1');
    await this.page.locator('.editor-instance .monaco-editor.focused').waitFor();
  }

  /**
   * Wait for ghost text that holds a text, or matches a pattern, and return it without line ends.
   *
   * Its first line and the others are painted one after the other, in any order: it counts once it has stayed the same for
   * some frames, in the order in which it is read.
   */
  async ghost(expected, timeout = 20_000) {
    const found = await this.page.waitForFunction(
      (expected) => {
        const parts = [...document.querySelectorAll('.ghost-text-decoration, .ghost-text, .ghost-text-decoration-preview')];
        const placed = parts.map((part) => ({ part, box: part.getBoundingClientRect() }));
        placed.sort(({ box: one }, { box: other }) => {
          const isOnOneLine = Math.abs(one.top - other.top) < one.height / 2;
          return isOnOneLine ? one.left - other.left : one.top - other.top;
        });
        const shown = placed.map(({ part }) => part.textContent).join('').replaceAll('\u00a0', ' ');
        const seen = globalThis.ghostSeen;
        globalThis.ghostSeen = { shown, frames: seen?.shown === shown ? seen.frames + 1 : 0 };
        const isThere = expected instanceof RegExp ? expected.test(shown) : shown.includes(expected);
        return isThere && globalThis.ghostSeen.frames >= 5 && shown;
      },
      expected,
      { timeout },
    );
    return found.jsonValue();
  }

  /** Wait until a task that was begun since `said` was read has ended. */
  async ended(timeout) {
    const hasEnded = () => globalThis.said.some((label) => /thinking/.test(label)) && /ready/.test(globalThis.said.at(-1));
    await this.page.waitForFunction(hasEnded, undefined, { timeout });
  }

  /** Wait for a draft that holds `text`, or, for an empty one, until none is painted any more. */
  async draft(text) {
    await this.page.waitForFunction((wanted) => {
      const parts = [...document.querySelectorAll('.editor-instance .view-line span[class*="ced-"]')];
      const contents = parts.map((part) => getComputedStyle(part, '::after').content).filter((content) => content !== 'none');
      const painted = contents.map((content) => content.slice(1, -1)).join('').replaceAll('\u00a0', ' ');
      return wanted ? painted.includes(wanted) : painted === '';
    }, text);
  }

  /** Wait until the text of the lines on the screen, suggestions left out, holds `text`, or no longer does. */
  async screen(text, isThere = true) {
    await this.page.waitForFunction(
      ([wanted, expected]) => {
        const suggested = '.suggest-preview-text, .ghost-text, .ghost-text-decoration, .ghost-text-decoration-preview';
        const lines = [...document.querySelectorAll('.editor-instance .view-line')].map((line) => {
          const copy = line.cloneNode(true);
          copy.querySelectorAll(suggested).forEach((part) => part.remove());
          return line.closest(suggested) ? '' : copy.textContent;
        });
        return lines.join('\n').replaceAll('\u00a0', ' ').includes(wanted) === expected;
      },
      [text, isThere],
    );
  }

  /** Save, and wait until the editor has. */
  async save() {
    await this.page.keyboard.press('Control+S');
    await this.page.locator('.tab.active:not(.dirty)').waitFor();
  }

  async press(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  async type(text) {
    await this.page.keyboard.type(text);
  }

  /** Keep a picture for a person to look at. */
  async picture(name) {
    await this.page.screenshot({ path: path.join(this.out, `${name}.png`) });
  }

  async close() {
    await this.page.context().close();
  }
}
