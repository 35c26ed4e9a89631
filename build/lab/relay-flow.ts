import type { Socket } from 'node:net';
import { MIB } from '../../core/base/index.ts';

/** What a relay does to the bytes of one direction. */
export interface RelayWeather {
  /** Each byte arrives so much later. */
  readonly delayMs: number;
  /** Null: as fast as it comes. Else so many bytes, then nothing for `everyMs`. */
  readonly trickle: { readonly bytes: number; readonly everyMs: number } | null;
}

export const fairWeather: RelayWeather = { delayMs: 0, trickle: null };

/** What one direction may hold back: twice what 100 MiB/s put on the way in 200 ms. */
const heldBytesMax = 40 * MIB;

/** Passes one direction of a connection on, in whatever weather holds at the moment. Ends with either side. */
export class RelayFlow {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #weather: () => RelayWeather;
  /** In the order of coming; `dueAtMs` by the monotonic clock. */
  readonly #held: { readonly chunk: Buffer; readonly dueAtMs: number }[] = [];
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #passedAtMs = -Infinity;
  #isOver = false;
  #hasEnded = false;

  constructor(from: Socket, to: Socket, weather: () => RelayWeather) {
    this.#from = from;
    this.#to = to;
    this.#weather = weather;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => {
      this.#hasEnded = true;
      this.#pass();
    });
    to.on('drain', () => this.#pass());
    for (const socket of [from, to]) socket.on('close', () => this.#end());
  }

  /** The weather changed. */
  look(): void {
    this.#pass();
  }

  #take(chunk: Buffer): void {
    this.#held.push({ chunk, dueAtMs: performance.now() + this.#weather().delayMs });
    this.#heldBytes += chunk.length;
    if (this.#heldBytes >= heldBytesMax) this.#from.pause();
    this.#pass();
  }

  /** Passes on what is due, and comes back for the rest. */
  #pass(): void {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    const { trickle } = this.#weather();
    for (let first = this.#held[0]; first !== undefined && !this.#to.writableNeedDrain; first = this.#held[0]) {
      const waitMs = trickle === null ? first.dueAtMs - performance.now() : this.#passedAtMs + trickle.everyMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pass(), Math.ceil(waitMs));
        return;
      }
      this.#write(first, trickle === null ? first.chunk.length : Math.min(trickle.bytes, first.chunk.length));
    }
    if (this.#hasEnded && this.#held.length === 0) this.#to.end();
  }

  #write(first: { readonly chunk: Buffer; readonly dueAtMs: number }, bytes: number): void {
    this.#to.write(first.chunk.subarray(0, bytes));
    if (bytes === first.chunk.length) this.#held.shift();
    else this.#held[0] = { ...first, chunk: first.chunk.subarray(bytes) };
    this.#passedAtMs = performance.now();
    this.#heldBytes -= bytes;
    if (this.#heldBytes < heldBytesMax && this.#from.isPaused()) this.#from.resume();
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#held.length = 0;
  }
}
