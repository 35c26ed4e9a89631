import type { Connection } from '@libp2p/interface';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { err, ok, type Result } from '../../base/index.ts';
import type { DialError } from '../../ports/index.ts';
import { attemptError, mostTelling, type Attempt, type DialRace } from './dial-race.ts';
import { settings } from './settings.ts';

export const abortedError: DialError = { kind: 'aborted', text: 'given up' };

type Connect = (attempt: Attempt, target: Multiaddr, signal: AbortSignal) => Promise<Connection>;

/** One try of one address. */
interface Try {
  readonly attempt: Attempt;
  readonly controller: AbortController;
  /** Undefined when it won, or everything was over. */
  readonly ended: Promise<DialError | undefined>;
}

/**
 * One dial: all addresses at once, the first connection that opens wins, and the others are given up.
 *
 * A first packet that is lost, as while a network is still coming up after a wake, is repeated by the system after 1, 3 and 7 s only.
 * So an address that does not answer is tried a second time beside the first, and that second try begins anew every
 * `settings.secondTryMs`; the first one stays, for links whose round trip is longer than that.
 */
export class OpenDial {
  readonly #race: DialRace;
  readonly #targets: readonly Multiaddr[];
  readonly #connect: Connect;
  readonly #onSettled: (result: Result<Connection, DialError>) => void;
  readonly #tries = new Set<Try>();
  readonly #errors: DialError[] = [];
  #isSettled = false;

  /** `targets`: at least one. `onSettled` is called once. */
  constructor(race: DialRace, targets: readonly Multiaddr[], connect: Connect, onSettled: (result: Result<Connection, DialError>) => void) {
    this.#race = race;
    this.#targets = targets;
    this.#connect = connect;
    this.#onSettled = onSettled;
  }

  start(): void {
    for (const target of this.#targets) void this.#reach(target);
  }

  /** Ends the dial with `result`, and every try that is under way. Only the first call counts. */
  settle(result: Result<Connection, DialError>): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#race.end();
    for (const { controller } of this.#tries) controller.abort();
    this.#onSettled(result);
  }

  async #reach(target: Multiaddr): Promise<void> {
    const first = this.#try(target);
    let second: Try | undefined;
    const renewal = setInterval(() => {
      if (this.#isSettled) return clearInterval(renewal);
      if ([first, second].some((each) => each && each.attempt.progress !== 'connecting')) return;
      second?.controller.abort();
      // Another object: libp2p's gate tells tries apart by it.
      second = this.#try(multiaddr(target.toString()));
    }, settings.secondTryMs);
    const error = await first.ended;
    clearInterval(renewal);
    await second?.ended;
    if (error) this.#errors.push(error);
    if (this.#errors.length === this.#targets.length) this.settle(err(mostTelling(this.#errors) ?? abortedError));
  }

  #try(target: Multiaddr): Try {
    const attempt = this.#race.attempt(target.toString());
    const controller = new AbortController();
    const started: Try = { attempt, controller, ended: this.#run(attempt, target, controller.signal) };
    this.#tries.add(started);
    void started.ended.then(() => this.#tries.delete(started));
    return started;
  }

  async #run(attempt: Attempt, target: Multiaddr, signal: AbortSignal): Promise<DialError | undefined> {
    try {
      const connection = await this.#connect(attempt, target, signal);
      if (this.#isSettled || connection.status !== 'open') {
        connection.abort(new Error('not needed'));
        throw new Error('came too late, or ended at once');
      }
      // What has won is not given up with the rest.
      this.#keep(attempt);
      this.settle(ok(connection));
      return undefined;
    } catch (cause) {
      this.#race.failed(attempt);
      return attemptError(attempt, cause);
    }
  }

  #keep(won: Attempt): void {
    for (const each of this.#tries) if (each.attempt === won) this.#tries.delete(each);
  }
}
