import { SECOND_MS } from '../base/index.ts';
import type { Clock, Network, Power, Timer } from '../ports/index.ts';

/** All clocks at one moment. */
export interface ClockSample {
  readonly wallMs: number;
  readonly monoMs: number;
  /** Undefined where the platform does not tell. */
  readonly driftMs: number | undefined;
}

/** What may tell of a sleep. A `look` is any other moment at which somebody looked at the clocks, such as a received frame. */
export type WakeSignal = 'tick' | 'look' | 'power-suspend' | 'power-resume' | 'hand-suspend' | 'hand-resume' | 'network-changed';

export type WakeAction =
  | { readonly kind: 'suspend'; readonly cause: 'power' | 'hand' }
  /** `sleptMs`: as far as the clocks show; 0 where they show nothing. */
  | { readonly kind: 'resume'; readonly cause: 'clock' | 'power' | 'hand' | 'no-sleep'; readonly sleptMs: number }
  | { readonly kind: 'network-changed' };

/** What is remembered between signals. */
export interface Wakefulness {
  readonly sample: ClockSample;
  readonly suspended: { readonly by: 'power' | 'hand'; readonly sinceMonoMs: number } | undefined;
  /** When a resume was told last. */
  readonly resumedAtMonoMs: number | undefined;
}

export const wakeTickMs = SECOND_MS;
/** A tick that comes this much late by the wall clock was held up by a sleep (or by a stop, which is as bad). */
const lateTickMs = 3 * SECOND_MS;
/** Drift of boot time against monotonic time below this is the grain of the clocks. */
const driftGrainMs = SECOND_MS;
/** The platform's word that comes so soon after a told resume is about the same sleep. */
const sameResumeMs = 10 * SECOND_MS;
/** A `suspend` that comes so soon after a told resume was delivered late, at the wake. */
const lateSuspendMs = 3 * SECOND_MS;
/** A `suspend` of the platform without a sleep for so long was none. */
const noSleepMs = 10 * SECOND_MS;

export function awakeSince(sample: ClockSample): Wakefulness {
  return { sample, suspended: undefined, resumedAtMonoMs: undefined };
}

/**
 * Fuses everything that may tell of a suspend or a resume (SES-6); pure. Of one sleep comes one resume, however many sources tell of
 * it and in whatever order; the clocks are asked first, because they are never wrong about a sleep that was. A clock that is set
 * forward looks like a sleep, and so causes a resume that does no harm. A suspend by hand lasts until a resume by hand.
 */
export function fuse(
  state: Wakefulness,
  signal: WakeSignal,
  sample: ClockSample,
): { readonly state: Wakefulness; readonly actions: readonly WakeAction[] } {
  const looked: Wakefulness = { ...state, sample };
  const network: readonly WakeAction[] = signal === 'network-changed' ? [{ kind: 'network-changed' }] : [];
  if (signal === 'hand-suspend') return suspend(looked, 'hand');
  if (signal === 'hand-resume') return resume(looked, 'hand', sleptMsBetween(state.sample, sample) ?? 0);
  if (state.suspended?.by === 'hand') return { state: looked, actions: network };
  const sleptMs = sleptMsBetween(state.sample, sample);
  if (sleptMs !== undefined) {
    const resumed = resume(looked, 'clock', sleptMs);
    return { state: resumed.state, actions: [...resumed.actions, ...network] };
  }
  if (signal === 'power-suspend')
    return isWithin(state.resumedAtMonoMs, sample, lateSuspendMs) ? { state: looked, actions: [] } : suspend(looked, 'power');
  if (signal === 'power-resume') {
    const isTold = !state.suspended && isWithin(state.resumedAtMonoMs, sample, sameResumeMs);
    return isTold ? { state: looked, actions: [] } : resume(looked, 'power', 0);
  }
  if (state.suspended && sample.monoMs - state.suspended.sinceMonoMs >= noSleepMs) return resume(looked, 'no-sleep', 0);
  return { state: looked, actions: network };
}

/** How long the host slept between two looks, or undefined where the clocks show no sleep. */
export function sleptMsBetween(before: ClockSample, after: ClockSample): number | undefined {
  const driftMs = before.driftMs === undefined || after.driftMs === undefined ? 0 : after.driftMs - before.driftMs;
  if (driftMs > driftGrainMs) return driftMs;
  const lateMs = after.wallMs - before.wallMs - wakeTickMs;
  return lateMs > lateTickMs ? lateMs : undefined;
}

function suspend(state: Wakefulness, by: 'power' | 'hand'): { readonly state: Wakefulness; readonly actions: readonly WakeAction[] } {
  const suspended = { by, sinceMonoMs: state.sample.monoMs };
  return { state: { ...state, suspended }, actions: state.suspended ? [] : [{ kind: 'suspend', cause: by }] };
}

function resume(
  state: Wakefulness,
  cause: 'clock' | 'power' | 'hand' | 'no-sleep',
  sleptMs: number,
): { readonly state: Wakefulness; readonly actions: readonly WakeAction[] } {
  return { state: { ...state, suspended: undefined, resumedAtMonoMs: state.sample.monoMs }, actions: [{ kind: 'resume', cause, sleptMs }] };
}

function isWithin(instantMonoMs: number | undefined, now: ClockSample, withinMs: number): boolean {
  return instantMonoMs !== undefined && now.monoMs - instantMonoMs < withinMs;
}

export interface ResumeDetectorOptions {
  readonly clock: Clock;
  readonly power: Power;
  readonly network: Network;
  readonly onAction: (action: WakeAction) => void;
}

/** Watches the clocks, the power source and the network, and tells what {@link fuse} makes of them. */
export interface ResumeDetector {
  /** Looks at the clocks now: called for every received frame, because a frame may come before the tick. Cheap. */
  look(): void;
  /** `dormouse suspend` and `dormouse resume`. */
  suspendByHand(): void;
  resumeByHand(): void;
  stop(): void;
}

export function createResumeDetector({ clock, power, network, onAction }: ResumeDetectorOptions): ResumeDetector {
  const sample = (): ClockSample => ({ wallMs: clock.wallNow(), monoMs: clock.monoNow(), driftMs: clock.sleepDriftMs() });
  let state = awakeSince(sample());
  let timer: Timer;
  const take = (signal: WakeSignal): void => {
    const fused = fuse(state, signal, sample());
    state = fused.state;
    for (const action of fused.actions) onAction(action);
  };
  const arm = (): void => {
    timer = clock.setTimer(wakeTickMs, () => {
      arm();
      take('tick');
    });
  };
  arm();
  const unsubscribePower = power.subscribe((event) => {
    if (event.kind === 'suspend') take('power-suspend');
    if (event.kind === 'resume') take('power-resume');
  });
  const unsubscribeNetwork = network.subscribe(() => take('network-changed'));
  return {
    look: () => take('look'),
    suspendByHand: () => take('hand-suspend'),
    resumeByHand: () => take('hand-resume'),
    stop: () => {
      timer.cancel();
      unsubscribePower();
      unsubscribeNetwork();
    },
  };
}
