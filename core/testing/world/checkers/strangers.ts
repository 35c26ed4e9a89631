import { DiskFault } from '../../sim/index.ts';
import type { Laptop } from '../laptop.ts';
import type { Ledger } from '../ledger.ts';
import { isUserPath } from '../ledger.ts';

/**
 * Looks at every file the moment something happens to it: under a user's name nothing may ever be seen that no user wrote as it is,
 * such as half files, mixed files and bytes that were not verified.
 */
export class StrangerWatch {
  readonly #ledger: Ledger;
  #found: string[] = [];
  #actingUser: Laptop | undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  watch(laptop: Laptop): void {
    const { host } = laptop;
    host.disk.changed.on((path) => {
      if (this.#actingUser !== laptop) this.#look(laptop, path);
    });
    // What a power cut leaves of a file is shown by no event of the disk.
    host.crashed.on(({ powerCut }) => {
      if (powerCut) this.lookAtAll(laptop);
    });
  }

  /** Runs `act`, whose own changes are judged only when it is over: half way through, a user's file may be anything. */
  userActs(laptop: Laptop, act: () => void): void {
    this.#actingUser = laptop;
    try {
      act();
    } finally {
      this.#actingUser = undefined;
    }
  }

  lookAtAll(laptop: Laptop): void {
    for (const path of laptop.tree().keys()) this.#look(laptop, `${laptop.root}/${path}`);
  }

  /** What was found since the last call. */
  take(): readonly string[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  #look(laptop: Laptop, absolute: string): void {
    if (!absolute.startsWith(`${laptop.root}/`)) return;
    const path = absolute.slice(laptop.root.length + 1);
    if (!isUserPath(path)) return;
    const content = contentAt(laptop, absolute);
    if (content && !this.#ledger.isKnown(content)) {
      this.#found.push(`${laptop.name} shows ${content.length} bytes at "${path}" that no user ever wrote`);
    }
  }
}

function contentAt(laptop: Laptop, absolute: string): Uint8Array | undefined {
  try {
    const inode = laptop.host.disk.find(absolute);
    return inode?.kind === 'file' ? inode.content() : undefined;
  } catch (error) {
    if (error instanceof DiskFault) return undefined;
    throw error;
  }
}
