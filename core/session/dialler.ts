import type { Result } from '../base/index.ts';
import { backoffDelayMs } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';
import type { DialError, Link, Random, Timer, Transport } from '../ports/index.ts';
import type { AwakeClock } from './awake-clock.ts';
import type { KnownAtDial } from './candidate.ts';
import { Candidate } from './candidate.ts';
import { dialBackoff, timing } from './timing.ts';

export interface DiallerOptions {
  readonly device: DeviceId;
  readonly transport: Pick<Transport, 'dial'>;
  readonly awake: AwakeClock;
  readonly random: Random;
  /** Numbers our dials, over all devices. */
  readonly nextDial: () => number;
  readonly onLink: (candidate: Candidate) => void;
  readonly onFailed: (text: string) => void;
  /** A wait is over. */
  readonly onDue: () => void;
}

interface Dial {
  readonly controller: AbortController;
  readonly beganAtMs: number;
  readonly sequence: number;
  readonly addresses: readonly string[];
  readonly knew: KnownAtDial | undefined;
  readonly guard: Timer;
}

/**
 * The tries to reach one device: at most one dial in flight, at most one timer armed, and the backoff between them. It decides
 * nothing: the peer supervisor says when to dial, to wait, to stop.
 */
export class Dialler {
  readonly #options: DiallerOptions;
  #dial: Dial | undefined;
  #timer: { readonly timer: Timer; readonly dueAtMs: number } | undefined;
  #failures = 0;
  #failingSinceMs: number | undefined;

  constructor(options: DiallerOptions) {
    this.#options = options;
  }

  get dialling(): boolean {
    return this.#dial !== undefined;
  }

  get waiting(): boolean {
    return this.#timer !== undefined;
  }

  get failures(): number {
    return this.#failures;
  }

  /** When the wait ends, in awake ms. */
  get dueAtMs(): number | undefined {
    return this.#timer?.dueAtMs;
  }

  /** The link that there was when the dial in flight began. */
  get knew(): Candidate | undefined {
    return this.#dial?.knew?.candidate;
  }

  isDialledAll(addresses: readonly string[]): boolean {
    return addresses.every((address) => this.#dial?.addresses.includes(address));
  }

  /** Milliseconds since the dial in flight began. */
  ageMs(): number {
    return this.#dial ? this.#options.awake.now() - this.#dial.beganAtMs : 0;
  }

  /** Dials now, or arms a timer, as the backoff says. */
  tryOrWait(addresses: readonly string[]): void {
    const { awake, random } = this.#options;
    const failingForMs = this.#failingSinceMs === undefined ? 0 : awake.now() - this.#failingSinceMs;
    const delayMs = backoffDelayMs(dialBackoff, this.#failures, failingForMs, random.fraction());
    if (delayMs <= 0) return this.start(addresses);
    const timer = awake.setTimer(delayMs, () => {
      this.#timer = undefined;
      this.#options.onDue();
    });
    this.#timer = { timer, dueAtMs: awake.now() + delayMs };
  }

  /** Dials at once. `current` is the link that there is nevertheless, in doubt. */
  start(addresses: readonly string[], current?: Candidate): void {
    const { awake, transport, device } = this.#options;
    this.abort();
    this.stopWaiting();
    const dial: Dial = {
      controller: new AbortController(),
      beganAtMs: awake.now(),
      sequence: this.#options.nextDial(),
      addresses,
      knew: current && { candidate: current, proofs: current.session?.proofs ?? 0 },
      // The transport keeps the time itself; if it forgot to, the device would wait for it for ever.
      guard: awake.setTimer(timing.dialMs + timing.tickMs, () => this.#timedOut(dial)),
    };
    this.#dial = dial;
    const options = { signal: dial.controller.signal, timeoutMs: timing.dialMs };
    void transport.dial(device, addresses, options).then((result) => this.#dialled(dial, result));
  }

  abort(): void {
    const dial = this.#dial;
    this.#dial = undefined;
    dial?.guard.cancel();
    dial?.controller.abort();
  }

  stopWaiting(): void {
    this.#timer?.timer.cancel();
    this.#timer = undefined;
  }

  /** A try came to nothing: the next one waits longer. */
  countFailure(): void {
    this.#failures += 1;
    this.#failingSinceMs ??= this.#options.awake.now();
  }

  /** The next try is at once, or at try number `failures` of the backoff; who sleeps is woken. */
  reset(failures = 0): void {
    this.#failures = failures;
    this.#failingSinceMs = undefined;
    this.stopWaiting();
  }

  #dialled(dial: Dial, result: Result<Link, DialError>): void {
    if (this.#dial !== dial) {
      if (result.ok) result.value.abort();
      return;
    }
    dial.guard.cancel();
    this.#dial = undefined;
    if (result.ok) this.#options.onLink(new Candidate(result.value, dial.beganAtMs, dial.sequence, dial.knew));
    else this.#options.onFailed(result.error.text);
  }

  #timedOut(dial: Dial): void {
    if (this.#dial !== dial) return;
    this.abort();
    this.#options.onFailed('no answer in time');
  }
}
