import type { Page } from 'playwright-core';

/** Changes of the page that are closer together belong to one update: what an answer brings may be drawn in two steps. */
const sameUpdateMs = 50;

/** Puts a record of when the page changed into it. */
export async function watchChanges(page: Page): Promise<void> {
  await page.evaluate(`{
    globalThis.benchChanges = [];
    new MutationObserver(() => globalThis.benchChanges.push(performance.now()))
      .observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  }`);
}

/** When the page changed since {@link watchChanges}, ms. */
export async function readChanges(page: Page): Promise<number[]> {
  return page.evaluate('globalThis.benchChanges');
}

/** Notes from now on whether the page, which says `text`, ever ceases to. */
export async function watchForEndOf(page: Page, text: string): Promise<void> {
  await page.evaluate(`{
    globalThis.benchSaysStill = true;
    new MutationObserver(() => (globalThis.benchSaysStill &&= document.body.textContent.includes(${JSON.stringify(text)})))
      .observe(document, { subtree: true, childList: true, characterData: true });
  }`);
}

/** Whether it has ceased to, at any time since {@link watchForEndOf}. */
export async function hasCeased(page: Page): Promise<boolean> {
  return page.evaluate('!globalThis.benchSaysStill');
}

/** When updates began, of changes in the order of their times. */
export function updatesOf(changesMs: readonly number[]): number[] {
  return changesMs.filter((atMs, index) => atMs - (changesMs[index - 1] ?? -Infinity) >= sameUpdateMs);
}

/** The most of some instants, in their order, that lie within less than `spanMs`. */
export function mostWithin(instantsMs: readonly number[], spanMs: number): number {
  let most = 0;
  let first = 0;
  instantsMs.forEach((atMs, index) => {
    while (atMs - (instantsMs[first] ?? atMs) >= spanMs) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}
