import { app, dialog } from 'electron';
import { limits } from '../../core/model/index.ts';
import { type DesktopOptions, inviteOfLink } from '../desktop/options.ts';
import { type TrayAction, trayMenu, trayTooltip } from '../desktop/tray-menu.ts';
import { trayStateOf } from '../desktop/tray-state.ts';
import type { Shell } from '../shell.ts';
import { type TrayContent, TrayIcon } from './tray.ts';

/**
 * The program before its agent runs. A start may have to wait for a person who unlocks the key store, so it has a tray icon that says so
 * and can be quit; what others ask of the program meanwhile is kept until it can be done. Ends with `handOver`.
 */
export class Starting {
  readonly #interrupted = new AbortController();
  readonly #tray: TrayIcon;
  #options: DesktopOptions;
  #waitsFor: string | undefined;

  constructor(options: DesktopOptions, trayFolder: string) {
    this.#options = options;
    this.#tray = new TrayIcon(trayFolder, this.#content(), (action) => this.#onTray(action));
    app.on('before-quit', this.#beforeQuit);
    app.on('second-instance', this.#secondInstance);
    app.on('open-url', this.#openUrl);
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

  /** For an agent that has started: what it is to go on with; undefined where the program was quit meanwhile, and ends. */
  async handOver(shell: Shell): Promise<{ readonly options: DesktopOptions; readonly tray: TrayIcon } | undefined> {
    if (this.signal.aborted) {
      await shell.stop();
      app.exit(0);
      return undefined;
    }
    app.off('before-quit', this.#beforeQuit);
    app.off('second-instance', this.#secondInstance);
    app.off('open-url', this.#openUrl);
    return { options: this.#options, tray: this.#tray };
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

  #onTray(action: TrayAction): void {
    if (action.kind === 'quit') app.quit();
    else this.#wantsWindow();
  }

  /** There is no window to show yet; whoever asks for one is told what it waits for. */
  #wantsWindow(): void {
    this.#options = { ...this.#options, hidden: false };
    if (this.#waitsFor !== undefined) void dialog.showMessageBox({ type: 'info', message: 'Dormouse is starting', detail: this.#waitsFor });
  }

  readonly #secondInstance = (_event: unknown, _argv: unknown, _folder: unknown, data: unknown): void => {
    const link = typeof data === 'object' && data !== null && 'invite' in data ? data.invite : undefined;
    this.#keepInvite(typeof link === 'string' ? link : '');
  };

  readonly #openUrl = (event: { preventDefault(): void }, url: string): void => {
    event.preventDefault();
    this.#keepInvite(url);
  };

  #keepInvite(link: string): void {
    this.#options = { ...this.#options, invite: inviteOfLink(link) ?? this.#options.invite };
    this.#wantsWindow();
  }

  /** Nothing runs that would have to be ended in order; a key store that does not answer must not hold up whoever quits. */
  readonly #beforeQuit = (event: { preventDefault(): void }): void => {
    event.preventDefault();
    if (this.signal.aborted) return;
    this.#interrupted.abort();
    setTimeout(() => app.exit(0), limits.stopMs);
  };
}
