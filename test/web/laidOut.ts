/** Judges how a page is laid out at a width. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** Fails with what is wrong on the page as it is shown now. */
export async function assertLaidOut(page: Page, when: string): Promise<void> {
  assert.deepEqual(await page.evaluate('inPage.faults()'), [], when);
}

/** Gives the page the width, px, and time to draw for it. */
export async function resize(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 900 });
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
}
