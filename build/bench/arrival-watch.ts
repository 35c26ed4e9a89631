import { KIB } from '../../core/base/index.ts';

/** So many bytes are more than any program sends to say that it is there, or to tell what it has. */
export const progressBytes = 64 * KIB;

/** What was seen at a device since a watch began. Instants are wall-clock ms. */
export interface Arrival {
  readonly beganAtMs: number;
  /** At the network interface, headers included. */
  readonly receivedBytes: number;
  /** When the first {@link progressBytes} were in. */
  readonly firstAtMs: number | undefined;
  /** The longest time in which less than {@link progressBytes} came in, up to the last progress. */
  readonly longestGapMs: number;
  readonly lastProgressAtMs: number;
  /** When the wanted file stood under its name. */
  readonly visibleAtMs: number | undefined;
}

/** Judges the progress of a download from what can be seen without asking the program. Pure: it is told of each look. */
export class ArrivalWatch {
  readonly #beganAtMs: number;
  readonly #receivedBefore: number;
  #markBytes: number;
  #markAtMs: number;
  #receivedBytes: number;
  #firstAtMs: number | undefined;
  #longestGapMs = 0;
  #visibleAtMs: number | undefined;

  constructor(nowMs: number, receivedBytes: number) {
    this.#beganAtMs = this.#markAtMs = nowMs;
    this.#receivedBefore = this.#markBytes = this.#receivedBytes = receivedBytes;
  }

  look(nowMs: number, receivedBytes: number, isVisible: boolean): void {
    this.#receivedBytes = receivedBytes;
    if (receivedBytes - this.#markBytes >= progressBytes) {
      this.#firstAtMs ??= nowMs;
      this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#markAtMs);
      this.#markBytes = receivedBytes;
      this.#markAtMs = nowMs;
    }
    if (isVisible) this.#visibleAtMs ??= nowMs;
  }

  get arrival(): Arrival {
    return {
      beganAtMs: this.#beganAtMs,
      receivedBytes: this.#receivedBytes - this.#receivedBefore,
      firstAtMs: this.#firstAtMs,
      longestGapMs: this.#longestGapMs,
      lastProgressAtMs: this.#markAtMs,
      visibleAtMs: this.#visibleAtMs,
    };
  }
}
