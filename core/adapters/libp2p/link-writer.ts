import type { MessageStream } from '@libp2p/interface';
import { settings } from './settings.ts';

/**
 * Lets the channels of one link write in turns. libp2p tells all streams at once when a saturated connection drains, and the
 * first in its list always wins, so one busy stream starves those behind it. Here a channel waits in line with one slice, and
 * slices enter the muxer one at a time while the connection takes them. The line is as long as there are channels.
 *
 * A connection whose other side keeps up is never saturated, and everything from reading a block to encrypting it goes on in microtasks:
 * without a bound of its own the line would keep the event loop until all that was asked for is sent.
 */
export class LinkWriter {
  readonly #connection: MessageStream;
  readonly #waiting = new Set<() => void>();
  readonly #held = new Set<() => void>();
  #drains = 0;
  /** Since the event loop last had its turn. */
  #slicesInTurn = 0;

  /** `connection` is the encrypted one below the muxer, which must be listening to it already. */
  constructor(connection: MessageStream) {
    this.#connection = connection;
    connection.addEventListener('drain', () => {
      this.#drains += 1;
      // Whatever the layers below still hold goes first: they continue in microtasks queued before this one.
      queueMicrotask(() => {
        this.#tellHeld();
        this.#pump();
      });
    });
    connection.addEventListener('close', () => {
      this.#tellHeld();
      this.#pump();
    });
  }

  /** Whether the connection holds what the muxer gave it, not encrypted yet: a stream that goes on by itself does not ask for a turn. */
  get holdsPlaintext(): boolean {
    return this.#connection.status === 'open' && this.#connection.writeBufferLength > 0;
  }

  /** Calls `listener` once, when it may be worth looking at {@link holdsPlaintext} again. */
  onceLessHeld(listener: () => void): void {
    this.#held.add(listener);
  }

  /** Whether the connection holds bytes that the kernel has not taken. */
  get isSaturated(): boolean {
    return this.#connection.status === 'open' && this.#connection.writableNeedsDrain;
  }

  /** Grows each time everything below the muxer has left this process. */
  get drains(): number {
    return this.#drains;
  }

  /** Runs `job` when it is its turn, at once if nobody waits; also when the connection is over. A job waits in line once. */
  enqueue(job: () => void): void {
    this.#waiting.add(job);
    this.#pump();
  }

  cancel(job: () => void): void {
    this.#waiting.delete(job);
  }

  #tellHeld(): void {
    const listeners = [...this.#held];
    this.#held.clear();
    for (const listener of listeners) listener();
  }

  #pump(): void {
    for (const job of this.#waiting) {
      if (this.isSaturated || this.#slicesInTurn >= settings.slicesPerTurnMax) return;
      this.#waiting.delete(job);
      if (this.#slicesInTurn === 0) setImmediate(() => this.#beginTurn());
      this.#slicesInTurn += 1;
      job();
    }
  }

  #beginTurn(): void {
    this.#slicesInTurn = 0;
    this.#pump();
  }
}
