import type { AgentConnection, CallError } from '../connection/agent-connection.ts';
import type { Status } from '../../core/api/index.ts';

/** What the window knows of the agent at a time. */
export interface AgentSnapshot {
  /** The newest status; undefined before the first one. Kept while the agent is away. */
  readonly status: Status | undefined;
  readonly link: 'connecting' | 'live' | 'lost';
  /** Why there is no answer, while `link` is lost. */
  readonly error: CallError | undefined;
  /** Counts changes of what the agent holds; what a view asked for is asked again when it grows. */
  readonly revision: number;
}

/** Timers, so that tests need no real time. */
export interface StoreTimers {
  set(run: () => void, delayMs: number): () => void;
}

/** The figures of a status behind which there are lists: where one changes, its list has. */
function listsBehind(status: Status | undefined): string {
  const folders = status?.folders.map(({ id, conflicts, problems, total }) => [id, conflicts, problems, total.files]);
  return JSON.stringify([folders, status?.devices.length, status?.offers, status?.incidents]);
}

/** Something comes in, goes out, or is read. */
function isMoving({ transfers, folders, devices }: Status): boolean {
  const moves = folders.some(({ state, reading }) => state === 'syncing' || state === 'recovering' || reading.files > 0);
  return transfers.length > 0 || moves || devices.some(({ sending }) => sending.files > 0);
}

/** At most four updates a second, however fast things move. */
export const refreshGapMs = 250;
/** Rates and times change without an event, and are asked for while something moves. What begins to move is told by an event. */
const movingPollMs = 1000;
const quietPollMs = 10_000;
const refreshesAfterChange = 5;
const retryDelaysMs = [500, 1000, 2000, 4000];

/**
 * A live projection of `status`. Events only mark it as stale; one refresh at a time asks for the whole, at most every
 * {@link refreshGapMs}. A lost connection is made again by itself, with growing delays.
 */
export class AgentStore {
  readonly #connection: AgentConnection;
  readonly #timers: StoreTimers;
  readonly #listeners = new Set<() => void>();
  #snapshot: AgentSnapshot = { status: undefined, link: 'connecting', error: undefined, revision: 0 };
  #unfollow: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #isRefreshing = false;
  #isStale = false;
  #isChanged = true;
  #failures = 0;
  /** Refreshes that are still to follow a change from here at the pace of what moves. */
  #soonRefreshes = 0;

  constructor(connection: AgentConnection, timers: StoreTimers = realTimers) {
    this.#connection = connection;
    this.#timers = timers;
  }

  readonly snapshot = (): AgentSnapshot => this.#snapshot;

  /** Runs while somebody listens. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) void this.#refresh();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  /** Something was changed from here: what it led to is shown as soon as may be. */
  touch(): void {
    this.#isChanged = true;
    this.#soonRefreshes = refreshesAfterChange;
    this.#schedule(0);
  }

  /** Tries again at once. */
  retryNow(): void {
    this.#failures = 0;
    this.#schedule(0);
  }

  #stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#unfollow?.();
    this.#unfollow = undefined;
  }

  #schedule(delayMs: number): void {
    if (this.#isRefreshing) {
      this.#isStale = true;
      return;
    }
    this.#cancelTimer?.();
    this.#cancelTimer = this.#timers.set(() => void this.#refresh(), delayMs);
  }

  async #refresh(): Promise<void> {
    if (this.#isRefreshing || this.#listeners.size === 0) return;
    this.#isRefreshing = true;
    this.#isStale = false;
    const reply = await this.#connection.call('status', {});
    this.#isRefreshing = false;
    if (this.#listeners.size === 0) return;
    if (reply.ok) this.#arrived(reply.value);
    else this.#failed(reply.error);
  }

  #arrived(status: Status): void {
    this.#failures = 0;
    // What a person decides takes effect a little later, and not every such effect is an event.
    const isNew = this.#isChanged || listsBehind(status) !== listsBehind(this.#snapshot.status);
    const revision = this.#snapshot.revision + (isNew ? 1 : 0);
    this.#isChanged = false;
    this.#emit({ status, link: 'live', error: undefined, revision });
    this.#follow();
    const isSoon = this.#soonRefreshes > 0;
    if (isSoon) this.#soonRefreshes -= 1;
    this.#schedule(this.#isStale ? refreshGapMs : isMoving(status) || isSoon ? movingPollMs : quietPollMs);
  }

  #failed(error: CallError): void {
    this.#unfollow?.();
    this.#unfollow = undefined;
    const delayMs = retryDelaysMs[Math.min(this.#failures, retryDelaysMs.length - 1)] ?? quietPollMs;
    this.#failures += 1;
    this.#isChanged = true;
    this.#emit({ ...this.#snapshot, link: 'lost', error });
    this.#schedule(delayMs);
  }

  #follow(): void {
    this.#unfollow ??= this.#connection.follow({
      onOpen: () => undefined,
      onEvents: () => {
        this.#isChanged = true;
        if (!this.#isStale) {
          this.#isStale = true;
          if (!this.#isRefreshing) this.#schedule(refreshGapMs);
        }
      },
      onEnd: () => {
        this.#unfollow = undefined;
        this.#schedule(refreshGapMs);
      },
    });
  }

  #emit(snapshot: AgentSnapshot): void {
    this.#snapshot = snapshot;
    for (const listener of [...this.#listeners]) listener();
  }
}

const realTimers: StoreTimers = {
  set: (run, delayMs) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
