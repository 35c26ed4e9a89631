import type { Result } from '../base/index.ts';
import { MINUTE_MS, err } from '../base/index.ts';
import { limits } from '../model/index.ts';
import type { Clock } from '../ports/index.ts';
import type { WireError } from '../protocol/index.ts';

/**
 * The caller never repeats later than `limits.replyCacheAgeMs` after its first try; this much longer a reply is kept, for the time
 * that the repeat travels.
 */
const marginMs = MINUTE_MS;

export type CachedReply = Result<unknown, WireError>;

/**
 * What this device answered to one peer's `mutate` calls (RPC-2), by the nonce of their keys: a repeat gets the first result and has
 * no second effect, also while the first still runs. Outlives epochs; the caller drops it with the device. When it is full, new
 * mutates are refused rather than old replies forgotten.
 */
export class ReplyCache {
  readonly #clock: Clock;
  readonly #replies = new Map<string, { readonly reply: Promise<CachedReply>; readonly atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#replies.size;
  }

  /** The reply to the call named `nonce`: the remembered one, or what `run` gives. Concurrent repeats share one run. */
  answer(nonce: string, run: () => Promise<CachedReply>): Promise<CachedReply> {
    const known = this.#replies.get(nonce);
    if (known) return known.reply;
    this.#dropOld();
    if (this.#replies.size >= limits.replyCachePerPeerMax) {
      return Promise.resolve(err({ kind: 'busy', text: 'too many changes in a short time; try again later' }));
    }
    const reply = run();
    this.#replies.set(nonce, { reply, atMs: this.#clock.monoNow() });
    return reply;
  }

  /** Entries are in order of age, so the old ones are in front. */
  #dropOld(): void {
    const now = this.#clock.monoNow();
    for (const [nonce, { atMs }] of this.#replies) {
      if (now - atMs < limits.replyCacheAgeMs + marginMs) return;
      this.#replies.delete(nonce);
    }
  }
}
