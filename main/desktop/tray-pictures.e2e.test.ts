import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, noBrowserReason } from '../testing/browser.ts';
import { screensFolder } from '../testing/window-page.ts';
import { projectFolder } from '../version.ts';
import { type TrayState, trayStates } from './tray-state.ts';

const testMs = 120_000;
const panels = [
  { look: 'light', colour: '#f0f0f2' },
  { look: 'dark', colour: '#26262a' },
] as const;
type Panel = (typeof panels)[number];

/** The least that a mark must stand out from the panel (WCAG 1.4.11). */
const contrastMin = 3;

function iconFile(state: TrayState, look: string, scale: number): string {
  return join(projectFolder, 'build', 'icons', 'tray', `${state}-${look}${scale === 1 ? '' : '@2x'}.png`);
}

function dataUrl(file: string): string {
  return `data:image/png;base64,${readFileSync(file).toString('base64')}`;
}

/** An icon as a panel shows it, and as one does whose pixels are twice as fine; each pixel of the icon is one of the picture. */
function panelOf(state: TrayState, { look, colour }: Panel): string {
  const images = [1, 2].map((scale) => `<img src="${dataUrl(iconFile(state, look, scale))}">`);
  return `<div class="panel" style="background:${colour}">${images.join('')}</div>`;
}

function sheetOf(states: readonly TrayState[]): string {
  const rows = states.map((state) => `<figure id="${state}">${panels.map((panel) => panelOf(state, panel)).join('')}</figure>`);
  const style = `*{margin:0} body{background:#fff;width:max-content} figure{display:flex} .panel{display:flex;align-items:center;gap:12px;padding:10px 16px;height:44px}`;
  return `<!doctype html><style>${style}</style>${rows.join('')}`;
}

describe.skipIf(noBrowserReason !== undefined)(`the tray’s icons${noBrowserReason === undefined ? '' : ` (${noBrowserReason})`}`, () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser();
    page = await browser.newPage();
    mkdirSync(screensFolder, { recursive: true });
  }, testMs);
  afterAll(async () => browser?.close());

  test(
    'STA-2 are left as pictures on a light and on a dark panel, at 1x and 2x',
    async () => {
      await page.setContent(sheetOf(trayStates));
      await page.locator('body').screenshot({ path: join(screensFolder, 'tray.png') });
      for (const state of trayStates) await page.locator(`#${state}`).screenshot({ path: join(screensFolder, `tray-${state}.png`) });
    },
    testMs,
  );

  test.each(panels)('STA-2 stand out from a $look panel, and no two are alike', async ({ look, colour }) => {
    for (const scale of [1, 2]) {
      const pixels = await Promise.all(trayStates.map(async (state) => readIcon(page, iconFile(state, look, scale), colour)));
      expect(pixels.map(({ width, height }) => [width, height])).toEqual(trayStates.map(() => [22 * scale, 22 * scale]));
      for (const [index, { contrast }] of pixels.entries()) {
        expect(contrast, trayStates[index]).toBeGreaterThanOrEqual(contrastMin);
      }
      expect(new Set(pixels.map(({ shown }) => shown)).size).toBe(trayStates.length);
    }
  });
});

interface IconPixels {
  readonly width: number;
  readonly height: number;
  /** Of its strongest pixel with what is behind it, as WCAG counts it. */
  readonly contrast: number;
  /** What a person sees of it, as text that can be compared. */
  readonly shown: string;
}

/** Draws the icon on the panel's colour and looks at the pixels; runs in the browser, which knows how to read a PNG. */
const readPixels = `async (url, colour) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  const { width, height } = image;
  const canvas = new OffscreenCanvas(width, height).getContext('2d');
  const luminanceOf = (red, green, blue) => {
    const [r, g, b] = [red, green, blue].map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, width, height);
  const behind = luminanceOf(...canvas.getImageData(0, 0, 1, 1).data);
  canvas.drawImage(image, 0, 0);
  const { data } = canvas.getImageData(0, 0, width, height);
  let contrast = 1;
  for (let at = 0; at < data.length; at += 4) {
    const pixel = luminanceOf(data[at], data[at + 1], data[at + 2]);
    contrast = Math.max(contrast, (Math.max(pixel, behind) + 0.05) / (Math.min(pixel, behind) + 0.05));
  }
  return { width, height, contrast, shown: [...data].join() };
}`;

async function readIcon(page: Page, file: string, colour: string): Promise<IconPixels> {
  return (await page.evaluate(`(${readPixels})(${JSON.stringify(dataUrl(file))}, ${JSON.stringify(colour)})`)) as IconPixels;
}
