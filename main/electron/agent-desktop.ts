import { homedir } from 'node:os';
import { join } from 'node:path';
import { Notification, app, dialog, powerMonitor, shell } from 'electron';
import { type Settings, type Status, type UpdateState, settingsSchema } from '../../core/api/index.ts';
import { sharedPower } from '../../core/agent/index.ts';
import { type Result, ok } from '../../core/base/index.ts';
import { limits } from '../../core/model/index.ts';
import type { Power } from '../../core/ports/index.ts';
import { packDiagnostics } from '../diagnostics.ts';
import { autostartFile, setAutostart } from '../desktop/login-item.ts';
import { type Notice, conflictNotice, noticeOf, updateNotice } from '../desktop/notices.ts';
import type { DesktopOptions } from '../desktop/options.ts';
import { pauseEnd } from '../desktop/pause-end.ts';
import { type TrayAction, quitWord, trayMenu, trayTooltip } from '../desktop/tray-menu.ts';
import { calmAfterWakeMs, trayStateOf } from '../desktop/tray-state.ts';
import type { Home } from '../home.ts';
import { type Shell, type ShellError, startShell } from '../shell.ts';
import type { Battery } from '../updates/policy.ts';
import type { BridgeServices } from './bridge-host.ts';
import { electronPower } from './electron-power.ts';
import type { MainWindow } from './main-window.ts';
import type { Starting } from './starting.ts';
import type { TrayContent, TrayIcon } from './tray.ts';
import { type DesktopUpdates, desktopUpdates } from './updates.ts';

/** How often the tray looks at the status while events come, and when none do: what a person decides takes effect a little later, often without one. */
const trayEveryMs = 500;
const trayIdleMs = 5_000;

/** The agent, and what the window can have done by it. */
export interface AgentDesktop {
  readonly shell: Shell;
  readonly services: BridgeServices;
}

/**
 * Starts the agent of a home with everything that is around it on a desktop. `icons` is the folder of the pictures. Undefined: the program
 * was quit meanwhile, and ends.
 */
export async function startAgentDesktop(
  home: Home,
  options: DesktopOptions,
  starting: Starting,
  window: MainWindow,
  icons: string,
): Promise<Result<AgentDesktop | undefined, ShellError>> {
  const power = sharedPower(electronPower(powerMonitor));
  const started = await startShell({
    home,
    listen: options.listen,
    discovery: options.discovery,
    name: options.name,
    keys: options.keys,
    movesKeyByItself: true,
    sparesEventLoop: true,
    onNotice: (text) => process.stderr.write(`${text}\n`),
    onWaiting: (text) => starting.waits(text),
    signal: starting.signal,
    power,
    logToStderr: !app.isPackaged,
  });
  if (!started.ok) return started;
  const tray = await starting.handOver(started.value);
  return ok(tray && { shell: started.value, services: new Desktop(started.value, power, window, tray, icons).start() });
}

/** What is around the agent on a desktop: window, tray, notifications, start at login, quitting. */
class Desktop {
  readonly #shell: Shell;
  readonly #window: MainWindow;
  readonly #icons: string;
  readonly #tray: TrayIcon;
  #settings: Settings;
  #status: Status | undefined;
  #awakeSinceMs = performance.now();
  #trayTimer: NodeJS.Timeout | undefined;
  #trayDueMs = Infinity;
  #isQuitting = false;
  #battery: Battery | undefined;
  /** A person asked for the update: install it and start again. */
  #restarts = false;
  readonly #updates: DesktopUpdates;

  constructor(started: Shell, power: Power, window: MainWindow, tray: TrayIcon, icons: string) {
    this.#shell = started;
    this.#window = window;
    this.#tray = tray;
    this.#icons = icons;
    power.subscribe((event) => {
      if (event.kind === 'battery') this.#battery = { onBattery: event.onBattery, percent: event.percent };
    });
    this.#settings = settingsSchema.parse({ name: started.agent.name() });
    this.#updates = desktopUpdates({
      channel: () => this.#settings['app.updateChannel'],
      status: () => this.#status,
      battery: () => this.#battery,
      onState: (state) => this.#updateChanged(state),
      logger: started.logger,
    });
  }

  /** Returns what the window can have done. */
  start(): BridgeServices {
    const { service } = this.#shell;
    service.onEvent((event) => {
      if (event.kind === 'resumed') this.#awakeSinceMs = performance.now();
      if (event.kind === 'setting-changed') void this.#readSettings();
      const notice = noticeOf(event, this.#settings, this.#names());
      if (notice !== undefined) this.#notify(notice);
      this.#lookSoon(trayEveryMs);
    });
    this.#tray.handOver((action) => void this.#onTray(action));
    app.on('before-quit', (event) => this.#beforeQuit(event));
    void this.#readSettings();
    void this.#look();
    return {
      service,
      saveDiagnostics: (path, hashNames) => packDiagnostics(service, this.#shell.home, path, hashNames),
      update: {
        state: () => this.#updates.state(),
        check: async () => this.#updates.check(),
        install: () => this.#restartToUpdate(),
      },
    };
  }

  #names(): { folder(id: string): string; device(id: string): string } {
    const status = this.#status;
    return {
      folder: (id) => status?.folders.find((folder) => folder.id === id)?.name ?? 'a folder',
      device: (id) => status?.devices.find((device) => device.id === id)?.name ?? 'Another device',
    };
  }

  #notify({ title, body, target }: Notice): void {
    if (!Notification.isSupported()) return;
    const notification = new Notification({ title, body, icon: join(this.#icons, 'icon.png') });
    notification.on('click', () => this.#window.show(target));
    notification.show();
  }

  #updateChanged(state: UpdateState): void {
    this.#lookSoon(0);
    if (state.kind === 'ready' && this.#settings['notifications.updateReady']) this.#notify(updateNotice(state.version));
  }

  async #readSettings(): Promise<void> {
    const reply = await this.#shell.service.call('settings.get', {});
    if (!reply.ok) return;
    const before = this.#settings;
    this.#settings = settingsSchema.parse(reply.value.settings);
    if (before['app.startAtLogin'] !== this.#settings['app.startAtLogin']) this.#applyLogin(this.#settings['app.startAtLogin']);
    if (before['app.updateChannel'] !== this.#settings['app.updateChannel']) this.#updates.channelChanged();
  }

  #applyLogin(startAtLogin: boolean): void {
    if (process.platform !== 'linux') return app.setLoginItemSettings({ openAtLogin: startAtLogin, args: ['--hidden'] });
    const file = process.env['APPIMAGE'] ?? process.execPath;
    const args = [...(app.isPackaged ? [] : [app.getAppPath()]), '--hidden'];
    try {
      setAutostart(autostartFile(process.env, homedir()), startAtLogin ? { file, args } : undefined);
    } catch (error) {
      this.#shell.logger.log('warn', 'autostart-not-set', { text: String(error) });
    }
  }

  #lookSoon(inMs: number): void {
    const dueMs = performance.now() + inMs;
    if (dueMs >= this.#trayDueMs) return;
    clearTimeout(this.#trayTimer);
    this.#trayDueMs = dueMs;
    this.#trayTimer = setTimeout(() => void this.#look(), inMs);
  }

  async #look(): Promise<void> {
    this.#trayDueMs = Infinity;
    if (this.#isQuitting) return;
    const reply = await this.#shell.service.call('status', {});
    if (reply.ok) {
      const notice = conflictNotice(this.#status, reply.value, this.#settings);
      this.#status = reply.value;
      if (notice !== undefined) this.#notify(notice);
    }
    this.#tray.update(this.#trayContent());
    // What was held back for the first moments is shown as soon as they are over.
    const calmLeftMs = this.#awakeSinceMs + calmAfterWakeMs - performance.now();
    this.#lookSoon(calmLeftMs > 0 ? Math.min(trayIdleMs, calmLeftMs) : trayIdleMs);
  }

  #trayContent(): TrayContent {
    const now = new Date();
    const status = this.#status;
    return {
      state: trayStateOf({ status, sinceWakeMs: performance.now() - this.#awakeSinceMs }),
      tooltip: trayTooltip({ status, now }),
      items: trayMenu({ status, update: this.#updates.state(), now }),
    };
  }

  async #onTray(action: TrayAction): Promise<void> {
    switch (action.kind) {
      case 'open':
        return this.#window.show(action.target);
      case 'open-folder':
        return void (await shell.openPath(action.path));
      case 'pause':
        await this.#shell.service.call('pause', { until: pauseEnd(action.until, new Date()) });
        return this.#lookSoon(0);
      case 'unpause':
        await this.#shell.service.call('unpause', {});
        return this.#lookSoon(0);
      case 'install-update':
        return void this.#restartToUpdate();
      case 'quit':
        return this.#askToQuit();
    }
  }

  async #askToQuit(): Promise<void> {
    const reply = await this.#shell.service.call('status', {});
    const word = reply.ok ? quitWord(reply.value) : undefined;
    if (word !== undefined) {
      const { response } = await dialog.showMessageBox({
        type: 'question',
        message: 'Quit Dormouse now?',
        detail: word,
        buttons: ['Quit', 'Keep running'],
        defaultId: 1,
        cancelId: 1,
      });
      if (response !== 0) return;
    }
    app.quit();
  }

  /** The agent must have ended before another program takes its place, so installing is the last step of quitting. */
  #restartToUpdate(): boolean {
    const state = this.#updates.state();
    if (state.kind !== 'ready' || state.waitsFor !== null) return false;
    this.#restarts = true;
    app.quit();
    return true;
  }

  /** The agent ends in order, but never takes longer than its bound; what matters was durable before. */
  #beforeQuit(event: { preventDefault(): void }): void {
    if (this.#isQuitting) return;
    event.preventDefault();
    this.#isQuitting = true;
    clearTimeout(this.#trayTimer);
    this.#updates.stop();
    const timer = setTimeout(() => app.exit(0), limits.stopMs);
    void this.#shell.stop().finally(() => {
      clearTimeout(timer);
      this.#tray.destroy();
      const mayInstall = this.#restarts || this.#settings['app.installUpdates'] === 'on-quit';
      // The new version may be started before this process has ended.
      app.releaseSingleInstanceLock();
      // Installing ends the program by itself.
      if (!mayInstall || !this.#updates.install({ restart: this.#restarts })) app.exit(0);
    });
  }
}
