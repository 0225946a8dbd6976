/** Judges how a page is laid out at a width. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** What is wrong on the page as it is shown now, in words. */
export const faultsOf = (page: Page) => page.evaluate<string[]>('inPage.faults()');

/** Fails with what is wrong on the page as it is shown now. */
export async function assertLaidOut(page: Page, when: string): Promise<void> {
  assert.deepEqual(await faultsOf(page), [], when);
}

/** Gives the page the width, px, and time to draw for it. */
export async function resize(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 900 });
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
}
