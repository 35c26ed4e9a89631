import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Why journeys through the page cannot run here; undefined where they can. */
export const noBrowserReason: string | undefined = existsSync(executablePath) ? undefined : `needs ${executablePath}`;

/** Debian's Chromium, without anything that it would do by itself. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
