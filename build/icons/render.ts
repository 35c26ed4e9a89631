// Draws the icons again: build/icons/icon.png and build/icons/tray/*.png. Needed only after a change of build/icons/drawings.ts.
// Use: node build/icons/render.ts [CHROMIUM]
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { trayStates } from '../../main/desktop/tray-state.ts';
import { programDrawing, trayDrawing, trayLooks } from './drawings.ts';

const folder = import.meta.dirname;
const traySize = 22;
const browser = await chromium.launch({ executablePath: process.argv[2] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage();

async function render(drawing: string, size: number, file: string): Promise<void> {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(`<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${drawing}`);
  writeFileSync(file, await page.screenshot({ omitBackground: true }));
}

mkdirSync(join(folder, 'tray'), { recursive: true });
await render(programDrawing(), 1024, join(folder, 'icon.png'));
for (const state of trayStates) {
  for (const look of trayLooks) {
    const drawing = trayDrawing(state, look);
    await render(drawing, traySize, join(folder, 'tray', `${state}-${look}.png`));
    await render(drawing, 2 * traySize, join(folder, 'tray', `${state}-${look}@2x.png`));
  }
}
await browser.close();
