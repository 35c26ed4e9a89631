import type { DeviceId, RelPath } from '../model/index.ts';
import type { Clock, Timer } from '../ports/index.ts';
import type { SendingFile } from './exchange-types.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';

/** What was sent to one device of one file in one go. */
export interface SentFile {
  readonly device: DeviceId;
  readonly path: RelPath;
  readonly bytes: number;
  readonly tookMs: number;
}

interface Sending {
  readonly device: DeviceId;
  readonly path: RelPath;
  readonly sinceMs: number;
  bytes: number;
  lastMs: number;
}

/** Adds up the blocks that go out to files, for people: a file is over when nothing more of it was asked for a while. */
export class SentFiles {
  readonly #clock: Clock;
  readonly #onSent: (file: SentFile) => void;
  readonly #onBegunOrOver: () => void;
  readonly #sending = new Map<string, Sending>();
  #timer: Timer | undefined;

  /** `onBegunOrOver`: something is being sent now, or nothing any more. */
  constructor(clock: Clock, onSent: (file: SentFile) => void, onBegunOrOver: () => void) {
    this.#clock = clock;
    this.#onSent = onSent;
    this.#onBegunOrOver = onBegunOrOver;
  }

  get isEmpty(): boolean {
    return this.#sending.size === 0;
  }

  /** What is being sent, those last that were begun last. */
  all(): readonly SendingFile[] {
    return [...this.#sending.values()].map(({ device, path, bytes }) => ({ device, path, bytes }));
  }

  /** `bytes` of `path` went out to `device`. */
  sent(device: DeviceId, path: RelPath, bytes: number): void {
    const now = this.#clock.monoNow();
    const key = `${device}/${path}`;
    const known = this.#sending.get(key);
    if (known) {
      known.bytes += bytes;
      known.lastMs = now;
      return;
    }
    const [oldest] = this.#sending;
    if (oldest && this.#sending.size >= tuning.sendingFilesMax) this.#over(...oldest);
    this.#sending.set(key, { device, path, sinceMs: now, bytes, lastMs: now });
    if (this.#sending.size === 1) this.#onBegunOrOver();
    this.#timer ??= this.#clock.setTimer(tuning.sentQuietMs, () => this.#look());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#sending.clear();
  }

  #look(): void {
    this.#timer = undefined;
    const quietSinceMs = this.#clock.monoNow() - tuning.sentQuietMs;
    for (const [key, sending] of [...this.#sending]) if (sending.lastMs <= quietSinceMs) this.#over(key, sending);
    if (this.#sending.size > 0) this.#timer = this.#clock.setTimer(tuning.sentQuietMs, () => this.#look());
    else this.#onBegunOrOver();
  }

  #over(key: string, { device, path, bytes, sinceMs, lastMs }: Sending): void {
    this.#sending.delete(key);
    this.#onSent({ device, path, bytes, tookMs: lastMs - sinceMs });
  }
}
