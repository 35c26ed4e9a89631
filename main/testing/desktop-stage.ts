import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import type { ApiReply, ApiRequest, ApiVerb, WindowBridge, WindowReply } from '../../core/api/index.ts';
import { waitFor } from './daemon-process.ts';
import { DesktopApp, type DesktopAppOptions, VirtualDisplay } from './desktop-app.ts';
import { buildOnce } from './desktop-build.ts';

const waitMs = 90_000;

/** A running desktop program with its window. */
export interface DesktopSeat {
  readonly app: DesktopApp;
  readonly page: Page;
}

/** A display with real desktop programs on it, each with files of its own; all of it is gone after `end`. */
export class DesktopStage {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), 'dormouse-app-')));
  readonly #display: VirtualDisplay;
  readonly #running: DesktopApp[] = [];

  private constructor(display: VirtualDisplay) {
    this.#display = display;
  }

  static async start(): Promise<DesktopStage> {
    await buildOnce();
    return new DesktopStage(await VirtualDisplay.start());
  }

  optionsOf(name: string, more: Partial<DesktopAppOptions> = {}): DesktopAppOptions {
    return { name, homeFolder: this.path(name, 'home'), display: this.#display.name, ...more };
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** Writes a file below the stage's folder, with its folders. */
  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  /** Starts the program of the device `name`, also again, without waiting for a window. */
  async startApp(name: string, more: Partial<DesktopAppOptions> = {}): Promise<DesktopApp> {
    const app = await DesktopApp.start(this.optionsOf(name, more));
    this.#running.push(app);
    return app;
  }

  async start(name: string, more: Partial<DesktopAppOptions> = {}): Promise<DesktopSeat> {
    const app = await this.startApp(name, more);
    return { app, page: await app.window() };
  }

  /** Ends what runs, as a power cut does. */
  async killAll(): Promise<void> {
    for (const app of this.#running.splice(0)) await app.kill();
  }

  async end(): Promise<void> {
    await this.killAll();
    await this.#display.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

declare const window: { readonly dormouse: WindowBridge };

/** Calls the agent as the page does. */
export async function call<V extends ApiVerb>(page: Page, verb: V, request: ApiRequest<V>): Promise<ApiReply<V>> {
  const reply = (await page.evaluate(([name, body]) => window.dormouse.call(name as ApiVerb, body), [
    verb,
    request,
  ] as const)) as WindowReply;
  if (!reply.ok) throw new Error(`${verb}: ${reply.error.text}`);
  return reply.value as ApiReply<V>;
}

export async function waitUntil(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  await waitFor(what, waitMs, async () => (await isSo()) || undefined);
}
