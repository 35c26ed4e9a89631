import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { DesktopApp, VirtualDisplay, startAgain } from '../../main/testing/desktop-app.ts';
import { PlainDesktop } from '../../main/testing/plain-desktop.ts';
import type { Stage } from './contender.ts';
import { DesktopAgent } from './desktop-agent.ts';

/** A desktop program that is driven: its window, and the agent in its main. */
export interface DrivenDesktop {
  readonly agent: DesktopAgent;
  readonly app: DesktopApp;
  readonly page: Page;
}

/** A display, and the programs on it. */
export class DesktopStage {
  readonly stage: Stage;
  readonly #display: VirtualDisplay;
  readonly #ends: (() => Promise<void>)[] = [];

  private constructor(stage: Stage, display: VirtualDisplay) {
    this.stage = stage;
    this.#display = display;
  }

  /** Lends a stage to `use`, and ends everything on it afterwards. */
  static async with<T>(stage: Stage, use: (desktop: DesktopStage) => Promise<T>): Promise<T> {
    const desktop = new DesktopStage(stage, await VirtualDisplay.start());
    try {
      return await use(desktop);
    } finally {
      await Promise.allSettled(desktop.#ends.map((end) => end()));
      await desktop.#display.stop();
    }
  }

  get displayName(): string {
    return this.#display.name;
  }

  /** Starts a program that is driven, and waits for its window and its agent. */
  async drive(name: string): Promise<DrivenDesktop> {
    const agent = this.agent(name);
    const app = await DesktopApp.start(this.#optionsOf(agent));
    this.#ends.push(() => app.kill());
    const page = await app.window();
    await agent.untilReady();
    return { agent, app, page };
  }

  /** Starts a program that nobody drives, and waits for nothing. Where `name` was used before, it goes on with that home. */
  start(name: string, args: readonly string[] = []): PlainDesktop {
    const program = PlainDesktop.start({ ...this.#optionsOf(this.agent(name)), args });
    this.#ends.push(() => program.stop());
    return program;
  }

  /** A second start brings the window of a program that runs to the front. */
  async showWindowOf(name: string): Promise<void> {
    await startAgain(this.#optionsOf(this.agent(name)));
  }

  agent(name: string): DesktopAgent {
    const agent = new DesktopAgent(name, this.stage.folder);
    mkdirSync(agent.folder, { recursive: true });
    return agent;
  }

  #optionsOf({ name, home }: DesktopAgent): { readonly name: string; readonly homeFolder: string; readonly display: string } {
    return { name, homeFolder: home.folder, display: this.#display.name };
  }
}

/** Opens the window of a device that is linked at a view. Loading it anew leads past the welcome, which a first start shows. */
export async function showView(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await page.reload();
  await page.locator('#main h1').waitFor();
}
