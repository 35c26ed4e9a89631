import { DaemonFailure } from '../../main/testing/daemon-process.ts';
import type { LabHost } from './lab-host.ts';

/** What a host holds and what it still wants of its folder, as its status says. */
export interface Holding {
  /** By `performance.now()`, when the answer was there. */
  readonly atMs: number;
  /** Bytes of complete files, and of what has arrived of the others. */
  readonly bytes: number;
  readonly wantedFiles: number;
  readonly isUpToDate: boolean;
}

const lookMs = 100;

export async function readHolding(host: LabHost): Promise<Holding> {
  const { folders, transfers } = await host.status();
  return {
    atMs: performance.now(),
    bytes: folders.reduce(
      (sum, { total, wanted }) => sum + total.bytes - wanted.bytes,
      transfers.reduce((sum, { done }) => sum + done, 0),
    ),
    wantedFiles: folders.reduce((sum, { wanted }) => sum + wanted.files, 0),
    isUpToDate: folders.every(({ upToDate }) => upToDate),
  };
}

/** Looks at a host's status all the time, from the making on, and remembers when something came. */
export class ProgressWatch {
  readonly #host: LabHost;
  #bytes = 0;
  #grewAtMs = performance.now();
  #longestGapMs = 0;

  constructor(host: LabHost) {
    this.#host = host;
  }

  /** The longest time without a byte more since the making, or since {@link mark}. Looks are {@link lookMs} apart, so it is that exact. */
  get longestGapMs(): number {
    return this.#longestGapMs;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Gaps are counted from now on. */
  mark(): void {
    this.#longestGapMs = 0;
    this.#grewAtMs = performance.now();
  }

  /** Watches until `isOver`; fails when nothing came for `gapMsMax`, with what it was about. */
  async until(what: string, gapMsMax: number, isOver: (holding: Holding) => boolean): Promise<Holding> {
    for (;;) {
      const holding = await readHolding(this.#host);
      const grew = holding.bytes > this.#bytes;
      this.#bytes = Math.max(this.#bytes, holding.bytes);
      const isDone = isOver(holding);
      const gapMs = holding.atMs - this.#grewAtMs;
      if (grew || isDone) {
        this.#longestGapMs = Math.max(this.#longestGapMs, gapMs);
        this.#grewAtMs = holding.atMs;
      }
      if (isDone) return holding;
      if (gapMs > gapMsMax) {
        throw new DaemonFailure(`Nothing came to ${this.#host.name} for ${gapMsMax / 1000} s; waited in vain: ${what}.`);
      }
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
  }
}
