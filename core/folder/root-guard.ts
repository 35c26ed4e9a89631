import type { FolderId } from '../model/index.ts';
import type { FolderDisk } from './folder-disk.ts';
import { checkMarker } from './marker.ts';
import type { FolderStop } from './types.ts';

/** Looks at the marker before anything is written or concluded (FLD-5). Callers that ask at the same time share one look. */
export class RootGuard {
  readonly #disk: FolderDisk;
  readonly #folder: FolderId;
  readonly #onStop: (stop: FolderStop) => void;
  #running: Promise<boolean> | undefined;
  #next: Promise<boolean> | undefined;

  constructor(disk: FolderDisk, folder: FolderId, onStop: (stop: FolderStop) => void) {
    this.#disk = disk;
    this.#folder = folder;
    this.#onStop = onStop;
  }

  /** True if the marker was right at some moment after the call. False: the folder has been stopped. */
  check(): Promise<boolean> {
    if (!this.#running) return this.#start();
    // The look under way began before this call, so it proves nothing for it.
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#start();
    });
    return this.#next;
  }

  #start(): Promise<boolean> {
    const look = this.#look().finally(() => {
      if (this.#running === look) this.#running = undefined;
    });
    this.#running = look;
    return look;
  }

  async #look(): Promise<boolean> {
    if (!this.#disk.isOpen) return false;
    const stop = await checkMarker(this.#disk.tree, this.#folder);
    if (!stop) return true;
    this.#onStop(stop);
    return false;
  }
}
