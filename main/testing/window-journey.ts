import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { DaemonProcess, waitFor } from './daemon-process.ts';
import { type OpenedPage, openPage } from './window-page.ts';

const waitMs = 60_000;

/** A real agent with its page open in a real browser. */
export interface Seat extends OpenedPage {
  readonly daemon: DaemonProcess;
  /** Where its files are. */
  path(...names: readonly string[]): string;
}

/** Real devices, each with a browser before it; all of it is gone after `end`. */
export class Journey {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), 'dormouse-window-')));
  readonly #browser: Browser;
  readonly #daemons: DaemonProcess[] = [];
  readonly #seats: Seat[] = [];

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  async seat(name: string): Promise<Seat> {
    // A directory of the test's own naming: device names may be anything.
    const directory = join(this.folder, `device-${this.#daemons.length}`);
    mkdirSync(join(directory, 'files'), { recursive: true });
    const daemon = new DaemonProcess(name, join(directory, 'home'));
    this.#daemons.push(daemon);
    const ready = await daemon.start({ args: ['--ui'] });
    const opened = await openPage(this.#browser, ready.page ?? '');
    const seat: Seat = { ...opened, daemon, path: (...names) => join(directory, 'files', ...names) };
    this.#seats.push(seat);
    return seat;
  }

  /** Pairs two seats and has them sync `files/NAME` of each as one folder, by API: for journeys that begin after that. */
  async sync(a: Seat, b: Seat, name: string): Promise<void> {
    const { invite } = await a.daemon.call('invite', {});
    const { id } = await b.daemon.call('pair', { invite });
    const [guest] = (await a.daemon.call('devices', {})).devices;
    for (const seat of [a, b]) mkdirSync(seat.path(name), { recursive: true });
    const folder = await a.daemon.call('folder.add', { path: a.path(name) });
    await a.daemon.call('folder.share', { folder: folder.id, device: guest?.id ?? id });
    await waitFor('the offer', waitMs, async () => (await b.daemon.call('folder.offers', {})).offers[0]);
    await b.daemon.call('folder.accept', { folder: folder.id, path: b.path(name) });
    for (const seat of [a, b]) await seat.daemon.call('up', { timeoutSeconds: 30 });
  }

  async end(): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.context.close()));
    await Promise.all(this.#daemons.map((daemon) => daemon.kill()));
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
