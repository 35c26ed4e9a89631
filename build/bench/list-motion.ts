import type { Page } from 'playwright-core';

/** How smoothly a page went while it was watched, ms; 0 where there was nothing of the kind. */
export interface Smoothness {
  /** Of one piece of work that held the page; the browser tells of those of 50 ms and more. */
  readonly longestTaskMs: number;
  readonly longestFrameGapMs: number;
}

/** Puts the tools of this file into the page. Once for each page. */
export async function prepareMotion(page: Page): Promise<void> {
  await page.evaluate(`{
    const bench = globalThis.bench = { tasks: [], gaps: [] };
    new PerformanceObserver((list) => bench.tasks.push(...list.getEntries().map(({ duration }) => duration)))
      .observe({ entryTypes: ['longtask'] });
    let last;
    const frame = (now) => {
      if (last !== undefined) bench.gaps.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    bench.frames = (count) => new Promise((resolve) => {
      const next = (left) => (left === 0 ? resolve() : requestAnimationFrame(() => next(left - 1)));
      next(count);
    });
    bench.scroll = async (steps) => {
      const main = document.getElementById('main');
      for (let step = 0; step <= steps; step++) {
        main.scrollTop = (main.scrollHeight - main.clientHeight) * step / steps;
        await bench.frames(1);
      }
    };
  }`);
}

/** What was seen since the last call, and begins anew. */
export async function readMotion(page: Page): Promise<Smoothness> {
  return page.evaluate(`(async () => {
    await bench.frames(2);
    const seen = { longestTaskMs: Math.max(0, ...bench.tasks), longestFrameGapMs: Math.max(0, ...bench.gaps) };
    bench.tasks = [];
    bench.gaps = [];
    return seen;
  })()`);
}

/** Goes to a view, and waits until it shows `selector` and has been drawn; the time that took, ms. */
export async function openView(page: Page, hash: string, selector: string): Promise<number> {
  return page.evaluate(`(async () => {
    const startMs = performance.now();
    location.hash = ${JSON.stringify(hash)};
    do await bench.frames(1); while (document.querySelector(${JSON.stringify(selector)}) === null);
    await bench.frames(1);
    return performance.now() - startMs;
  })()`);
}

/** Scrolls from the beginning to the end in so many steps, one for each frame. */
export async function scrollThrough(page: Page, steps: number): Promise<void> {
  await page.evaluate(`bench.scroll(${steps})`);
}

export async function countNodes(page: Page): Promise<number> {
  return page.evaluate("document.getElementsByTagName('*').length");
}
