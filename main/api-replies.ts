import { createHash } from 'node:crypto';
import { type Result, err } from '../core/base/index.ts';
import { type ApiError, apiError } from '../core/api/index.ts';
import { limits } from '../core/model/index.ts';

type Outcome = Result<unknown, ApiError>;

interface Kept {
  readonly fingerprint: string;
  readonly outcome: Promise<Outcome>;
  /** Undefined while the first call still runs: such a row is never dropped. */
  settledAtMs: number | undefined;
}

const keyPattern = /^[\w.:/+=-]{1,128}$/;
/** The form of keys that our own clients make: the agent's incarnation, a dot, anything. */
const boundKeyPattern = /^([0-9a-f]{16})\./;

/**
 * Outcomes of `mutate` calls by their idempotency key (RPC-2): a repeat gets the first outcome, also while the first call still
 * runs. A key that begins with another run's incarnation is answered `outcome-unknown`, because that run's outcomes are gone. Kept
 * for `limits.replyCacheAgeMs`; a full cache refuses new keys rather than forget one that may still be repeated.
 */
export class ReplyCache {
  readonly #incarnation: string;
  readonly #nowMs: () => number;
  readonly #sizeMax: number;
  /** In the order of arrival. */
  readonly #kept = new Map<string, Kept>();

  /** `nowMs` is any clock that does not go back. */
  constructor(incarnation: string, nowMs: () => number, sizeMax: number = limits.replyCachePerPeerMax) {
    this.#incarnation = incarnation;
    this.#nowMs = nowMs;
    this.#sizeMax = sizeMax;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Runs `call` unless `key` is known. `request` tells whether a repeat is one: another request under the same key is refused. */
  async once(key: string, request: string, call: () => Promise<Outcome>): Promise<Outcome> {
    if (!keyPattern.test(key)) {
      return err(apiError('bad-request', 'The idempotency key is not 1 to 128 letters, digits or any of . _ : / + = -'));
    }
    const bound = boundKeyPattern.exec(key)?.[1];
    if (bound !== undefined && bound !== this.#incarnation) {
      return err(apiError('outcome-unknown', 'The agent was restarted since this call was first sent. Look at the status, then decide.'));
    }
    const fingerprint = createHash('sha256').update(request).digest('hex');
    const known = this.#kept.get(key);
    if (known !== undefined) {
      if (known.fingerprint === fingerprint) return known.outcome;
      return err(apiError('bad-request', 'This idempotency key was used for another request. Make a new key for each change.'));
    }
    this.#dropExpired();
    if (this.#kept.size >= this.#sizeMax) {
      return err(apiError('unavailable', 'Too many changes were made in the last 10 minutes. Try again later.'));
    }
    return this.#run(key, fingerprint, call);
  }

  async #run(key: string, fingerprint: string, call: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = call();
    const kept: Kept = { fingerprint, outcome, settledAtMs: undefined };
    this.#kept.set(key, kept);
    try {
      return await outcome;
    } finally {
      kept.settledAtMs = this.#nowMs();
    }
  }

  #dropExpired(): void {
    const before = this.#nowMs() - limits.replyCacheAgeMs;
    for (const [key, { settledAtMs }] of this.#kept) {
      if (settledAtMs !== undefined && settledAtMs < before) this.#kept.delete(key);
    }
  }
}
