import type { DeviceId, RelPath } from '../model/index.ts';
import type { Clock, Timer } from '../ports/index.ts';
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
  readonly #sending = new Map<string, Sending>();
  #timer: Timer | undefined;

  constructor(clock: Clock, onSent: (file: SentFile) => void) {
    this.#clock = clock;
    this.#onSent = onSent;
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
  }

  #over(key: string, { device, path, bytes, sinceMs, lastMs }: Sending): void {
    this.#sending.delete(key);
    this.#onSent({ device, path, bytes, tookMs: lastMs - sinceMs });
  }
}
