import { InvalidPeerIdError } from '@libp2p/interface';
import { deferred, type Deferred } from '../../base/index.ts';
import type { DeviceId } from '../../model/index.ts';
import type { Admission, DialError } from '../../ports/index.ts';
import { errorCode } from './error-code.ts';
import { settings } from './settings.ts';

/** How far one address of a dial came. */
type Progress = 'connecting' | 'wrong-device' | 'not-admitted' | 'waiting' | 'confirming';

/** One address of a dial on its way. */
export interface Attempt {
  readonly race: DialRace;
  readonly address: string;
  progress: Progress;
}

/**
 * The addresses of one dial, tried at once. After Noise each asks {@link DialRace.admits}: one at a time goes on and asks the
 * remote for the muxer, which is the moment when the remote, too, sees a link; the others wait for its outcome. So of several
 * addresses that lead to one device exactly one becomes a link there.
 */
export class DialRace {
  readonly #expected: DeviceId;
  readonly #admission: (device: DeviceId) => Admission;
  #over = false;
  #confirming: Attempt | undefined;
  #changed: Deferred<void> = deferred();

  constructor(expected: DeviceId, admission: (device: DeviceId) => Admission) {
    this.#expected = expected;
    this.#admission = admission;
  }

  attempt(address: string): Attempt {
    return { race: this, address, progress: 'connecting' };
  }

  /** Whether `attempt`, at whose address `remote` has proved its key, may go on. */
  async admits(attempt: Attempt, remote: string): Promise<boolean> {
    if (remote !== this.#expected) {
      attempt.progress = 'wrong-device';
      return false;
    }
    if (this.#admission(this.#expected) === 'refuse') {
      attempt.progress = 'not-admitted';
      return false;
    }
    attempt.progress = 'waiting';
    while (!this.#over && this.#confirming) await this.#changeOrHold();
    if (this.#over) return false;
    this.#confirming = attempt;
    attempt.progress = 'confirming';
    return true;
  }

  /** `attempt` came to nothing: the next one may go on. */
  failed(attempt: Attempt): void {
    if (this.#confirming === attempt) this.#release();
  }

  /** One has won, or the dial was given up: nobody goes on. Idempotent. */
  end(): void {
    this.#over = true;
    this.#release();
  }

  /** Waits for an outcome, but lets the next address go on when the one before it is not answered. */
  async #changeOrHold(): Promise<void> {
    const timer = setTimeout(() => this.#release(), settings.dialConfirmHoldMs);
    await this.#changed.promise;
    clearTimeout(timer);
  }

  #release(): void {
    this.#confirming = undefined;
    this.#changed.resolve();
    this.#changed = deferred();
  }
}

/** The error of one attempt, told from how far it came and from the system's error code. */
export function attemptError(attempt: Attempt, cause: unknown): DialError {
  const at = attempt.address;
  switch (attempt.progress) {
    case 'wrong-device':
      return { kind: 'wrong-device', text: `another device answers at ${at}` };
    case 'not-admitted':
      return { kind: 'refused', text: 'this side does not admit the device' };
    case 'confirming':
      return { kind: 'refused', text: `the device at ${at} closed the connection right after the handshake` };
    case 'waiting':
    case 'connecting':
      // libp2p's name for having reached oneself, as one's own former address may lead to.
      if (cause instanceof InvalidPeerIdError) return { kind: 'wrong-device', text: `${at} leads to this device itself` };
      return { kind: 'unreachable', text: `${at}: ${errorCode(cause) ?? 'no handshake'}` };
  }
}

const rank: Readonly<Record<DialError['kind'], number>> = {
  refused: 5,
  'wrong-device': 4,
  timeout: 3,
  aborted: 2,
  unreachable: 1,
  'no-address': 0,
};

/** What to tell of several failed addresses: the one that came furthest. */
export function mostTelling(errors: readonly DialError[]): DialError | undefined {
  return errors.reduce<DialError | undefined>((best, error) => (best && rank[best.kind] >= rank[error.kind] ? best : error), undefined);
}
