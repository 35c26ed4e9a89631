import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import electronUpdater from 'electron-updater';
import type { Settings, Status, UpdateState } from '../../core/api/index.ts';
import type { Logger } from '../../core/ports/index.ts';
import { type Battery, updateWaitsFor } from '../updates/policy.ts';
import { updateKey } from '../updates/signature.ts';
import { Updates } from '../updates/updates.ts';

export interface DesktopUpdatesOptions {
  readonly channel: () => Settings['app.updateChannel'];
  readonly status: () => Status | undefined;
  readonly battery: () => Battery | undefined;
  readonly onState: (state: UpdateState) => void;
  readonly logger: Logger;
}

/** Updates of this installation, or why it has none. */
export interface DesktopUpdates {
  state(): UpdateState;
  check(): Promise<UpdateState>;
  /** Ends the program and installs; false where nothing may be installed now. */
  install(options: { readonly restart: boolean }): boolean;
  channelChanged(): void;
  stop(): void;
}

/** After the start, when nothing else is going on, and then again and again. */
const firstCheckMs = 60_000;
const checkEveryMs = 6 * 3_600_000;

/** Set when the bundles are built for a release; a build without it never updates itself. */
const publicKey = process.env['DORMOUSE_UPDATE_PUBLIC_KEY'] ?? '';

export function desktopUpdates(options: DesktopUpdatesOptions): DesktopUpdates {
  const key = updateKey(publicKey);
  if (!app.isPackaged) return noUpdates('This is a checkout: update it with your version control.');
  if (key === undefined || !existsSync(join(process.resourcesPath, 'app-update.yml')))
    return noUpdates('This build was made without an address or a key for updates.');
  if (process.platform === 'linux' && process.env['APPIMAGE'] === undefined)
    return noUpdates('The packages of your system update this installation.');
  const updates = new Updates(
    {
      updater: electronUpdater.autoUpdater,
      key,
      waitsFor: () => updateWaitsFor(options.status(), options.battery()),
      onState: options.onState,
      onTrouble: (text) => options.logger.log('warn', 'update-trouble', { text }),
      now: () => new Date(),
    },
    channelOf(options.channel()),
  );
  const isOff = (): boolean => options.channel() === 'off';
  const look = (): void => {
    if (!isOff()) void updates.check();
  };
  const timers = [setTimeout(look, firstCheckMs), setInterval(look, checkEveryMs)];
  return {
    state: () => (isOff() ? switchedOff : updates.state),
    check: async () => (isOff() ? switchedOff : updates.check()),
    install: (how) => !isOff() && updates.install(how),
    channelChanged: () => updates.follow(channelOf(options.channel())),
    stop: () => timers.forEach((timer) => clearTimeout(timer)),
  };
}

const switchedOff: UpdateState = { kind: 'off', text: 'Updates are switched off in the settings.' };

function channelOf(channel: Settings['app.updateChannel']): 'stable' | 'beta' {
  return channel === 'beta' ? 'beta' : 'stable';
}

function noUpdates(text: string): DesktopUpdates {
  const state: UpdateState = { kind: 'off', text };
  return { state: () => state, check: async () => state, install: () => false, channelChanged: () => undefined, stop: () => undefined };
}
