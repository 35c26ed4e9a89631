import type { KeyObject } from 'node:crypto';
import type { AppUpdater, UpdateInfo } from 'electron-updater';
import type { UpdateState } from '../../core/api/index.ts';
import { isSignedUpdate, sha512OfFile } from './signature.ts';

/** The part of the updater that is used here; the library's own classes have it. */
export type Updater = Pick<
  AppUpdater,
  | 'checkForUpdates'
  | 'downloadUpdate'
  | 'quitAndInstall'
  | 'on'
  | 'autoDownload'
  | 'autoInstallOnAppQuit'
  | 'allowDowngrade'
  | 'allowPrerelease'
  | 'channel'
>;

export interface UpdatesOptions {
  readonly updater: Updater;
  /** Whose signature every update must have. */
  readonly key: KeyObject;
  /** Why an update has to wait now, or null; see `policy.ts`. */
  readonly waitsFor: () => string | null;
  readonly onState: (state: UpdateState) => void;
  /** In plain words, for the log. */
  readonly onTrouble: (text: string) => void;
  readonly now: () => Date;
}

/**
 * Looks for updates, fetches them and makes sure of them: the library checks version, rollout and checksum, and beyond that nothing is
 * installed whose bytes are not signed by the project's own key for exactly this version. Nothing is fetched while that would disturb.
 */
export class Updates {
  readonly #options: UpdatesOptions;
  #state: UpdateState = { kind: 'idle', checkedAt: null };
  #isBusy = false;
  #verified = false;

  constructor(options: UpdatesOptions, channel: 'stable' | 'beta') {
    this.#options = options;
    const { updater } = options;
    updater.autoDownload = false;
    updater.autoInstallOnAppQuit = false;
    this.follow(channel);
    updater.on('download-progress', ({ percent }) => {
      if (this.#state.kind === 'downloading') this.#set({ ...this.#state, percent: Math.min(100, Math.floor(percent)) });
    });
    // What fails also rejects the call that it belongs to; without a listener it would end the program.
    updater.on('error', () => undefined);
  }

  follow(channel: 'stable' | 'beta'): void {
    const { updater } = this.#options;
    updater.channel = channel === 'beta' ? 'beta' : 'latest';
    updater.allowPrerelease = channel === 'beta';
    // Setting a channel allows downgrades in the library; an older version is never an update here.
    updater.allowDowngrade = false;
  }

  get state(): UpdateState {
    return this.#state.kind === 'ready' ? { ...this.#state, waitsFor: this.#options.waitsFor() } : this.#state;
  }

  /** Whether the update that is ready may be installed now. */
  get isReady(): boolean {
    return this.#verified && this.#options.waitsFor() === null;
  }

  /** Looks, and fetches and verifies what is found, unless that has to wait. Never throws. */
  async check(): Promise<UpdateState> {
    if (this.#isBusy || this.#verified) return this.state;
    this.#isBusy = true;
    try {
      this.#set({ kind: 'checking' });
      await this.#checkNow();
    } catch (error) {
      this.#fail(explain(error));
    } finally {
      this.#isBusy = false;
    }
    return this.state;
  }

  /** Ends the program and installs, with a restart where a person asked for it. False where nothing verified is ready. */
  install(options: { readonly restart: boolean }): boolean {
    if (!this.isReady) return false;
    this.#options.updater.quitAndInstall(!options.restart, options.restart);
    return true;
  }

  async #checkNow(): Promise<void> {
    const { updater, waitsFor, now } = this.#options;
    const found = await updater.checkForUpdates();
    const idle: UpdateState = { kind: 'idle', checkedAt: now().toISOString() };
    if (found === null || !found.isUpdateAvailable) return this.#set(idle);
    if (waitsFor() !== null) return this.#set(idle);
    const { updateInfo } = found;
    this.#set({ kind: 'downloading', version: updateInfo.version, percent: 0 });
    const [file] = await updater.downloadUpdate();
    if (file === undefined) return this.#fail('The update was fetched, but its file is missing. It is tried again later.');
    if (!(await this.#isSigned(file, updateInfo)))
      return this.#fail(
        `Version ${updateInfo.version} is not signed by the project, so it is not installed. The server it came from may have been tampered with; what runs stays as it is.`,
      );
    this.#verified = true;
    this.#set({ kind: 'ready', version: updateInfo.version, waitsFor: null });
  }

  /** The manifest carries a signature for each of its files; one of them must fit the bytes that are here. */
  async #isSigned(file: string, { version, files }: UpdateInfo): Promise<boolean> {
    const sha512 = await sha512OfFile(file);
    return files.some((entry) => {
      const signature = 'signature' in entry ? entry.signature : undefined;
      return typeof signature === 'string' && isSignedUpdate(version, sha512, signature, this.#options.key);
    });
  }

  #fail(text: string): void {
    this.#options.onTrouble(text);
    this.#set({ kind: 'failed', text });
  }

  #set(state: UpdateState): void {
    this.#state = state;
    this.#options.onState(this.state);
  }
}

/** The library's errors in plain words. */
function explain(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ERR_CHECKSUM_MISMATCH':
      return 'The update that was fetched is not the one that was announced (its checksum differs), so it was thrown away. It is tried again later.';
    case 'ERR_UPDATER_CHANNEL_FILE_NOT_FOUND':
      return 'There is no list of updates at the update server. It is tried again later.';
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'ECONNRESET':
    case 'ETIMEDOUT':
      return 'The update server cannot be reached. It is tried again later.';
    default:
      return `Looking for updates failed: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`;
  }
}
