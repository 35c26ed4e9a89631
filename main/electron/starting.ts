import { app, dialog } from 'electron';
import { limits } from '../../core/model/index.ts';
import { type TrayAction, trayMenu, trayTooltip } from '../desktop/tray-menu.ts';
import { trayStateOf } from '../desktop/tray-state.ts';
import type { Shell } from '../shell.ts';
import type { MainWindow } from './main-window.ts';
import { type TrayContent, TrayIcon } from './tray.ts';

/**
 * The program before its agent runs. A start may have to wait for a person who unlocks the key store, so it has a tray icon that says so
 * and can be quit. Ends with `handOver` or `fail`.
 */
export class Starting {
  readonly #interrupted = new AbortController();
  readonly #window: MainWindow;
  readonly #tray: TrayIcon;
  #waitsFor: string | undefined;

  constructor(trayFolder: string, window: MainWindow) {
    this.#window = window;
    this.#tray = new TrayIcon(trayFolder, this.#content(), (action) => this.#onTray(action));
    app.on('before-quit', this.#beforeQuit);
  }

  /** Aborted when a person quits. */
  get signal(): AbortSignal {
    return this.#interrupted.signal;
  }

  /** The start waits for a person; `text` says for what. */
  waits(text: string): void {
    this.#waitsFor = text;
    this.#tray.update(this.#content());
  }

  /** For an agent that has started: the tray that goes on with it; undefined where the program was quit meanwhile, and ends. */
  async handOver(shell: Shell): Promise<TrayIcon | undefined> {
    if (this.signal.aborted) {
      await shell.stop();
      app.exit(0);
      return undefined;
    }
    app.off('before-quit', this.#beforeQuit);
    return this.#tray;
  }

  /** For an agent that has not started: says why, unless a person wanted it so, and ends the program. */
  fail(text: string): void {
    if (this.signal.aborted) return app.exit(0);
    dialog.showErrorBox('Dormouse cannot start', text);
    app.exit(1);
  }

  #content(): TrayContent {
    const facts = { status: undefined, waitsForKeys: this.#waitsFor !== undefined, now: new Date() };
    return {
      state: trayStateOf({ ...facts, sinceWakeMs: 0 }),
      tooltip: trayTooltip(facts),
      items: trayMenu({ ...facts, update: { kind: 'idle', checkedAt: null } }),
    };
  }

  /** The window has nothing to show yet, so whoever asks for it is told what the start waits for. */
  #onTray(action: TrayAction): void {
    if (action.kind === 'quit') return app.quit();
    this.#window.show();
    if (this.#waitsFor !== undefined) void dialog.showMessageBox({ type: 'info', message: 'Dormouse is starting', detail: this.#waitsFor });
  }

  /** Nothing runs that would have to be ended in order; a key store that does not answer must not hold up whoever quits. */
  readonly #beforeQuit = (event: { preventDefault(): void }): void => {
    event.preventDefault();
    if (this.signal.aborted) return;
    this.#interrupted.abort();
    setTimeout(() => app.exit(0), limits.stopMs);
  };
}
