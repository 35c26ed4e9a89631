import { driftedMs } from './boot-time-drift.ts';
import type { ClockSample } from './clock-sample.ts';
import { lateByMonoMs, lateByWallMs } from './late-tick.ts';
import { isLateSuspend, isNoSleep, isToldResume } from './power-word.ts';

/** What may tell of a sleep. A `look` is any other moment at which somebody looked at the clocks, such as a received frame. */
export type WakeSignal = 'tick' | 'look' | 'power-suspend' | 'power-resume' | 'hand-suspend' | 'hand-resume' | 'network-changed';

/**
 * Why a resume is told: `clock`, the clocks show a sleep (or the wall clock was set forward); `stall`, they show that the program
 * was held up while the host was awake; `power`, the platform's word; `no-sleep`, an announced sleep did not come; `hand`.
 */
export type ResumeCause = 'clock' | 'stall' | 'power' | 'no-sleep' | 'hand';

export type WakeAction =
  | { readonly kind: 'suspend'; readonly cause: 'power' | 'hand' }
  /** `sleptMs`: as far as the clocks show; 0 where they show nothing. */
  | { readonly kind: 'resume'; readonly cause: Exclude<ResumeCause, 'stall'>; readonly sleptMs: number }
  | { readonly kind: 'resume'; readonly cause: 'stall'; readonly sleptMs: 0; readonly heldUpMs: number }
  | { readonly kind: 'network-changed' };

/** What is remembered between signals. */
export interface Wakefulness {
  readonly sample: ClockSample;
  readonly suspended: { readonly by: 'power' | 'hand'; readonly sinceMonoMs: number } | undefined;
  /** When a resume from a sleep was told last. */
  readonly resumedAtMonoMs: number | undefined;
}

export interface Fused {
  readonly state: Wakefulness;
  readonly actions: readonly WakeAction[];
}

export function awakeSince(sample: ClockSample): Wakefulness {
  return { sample, suspended: undefined, resumedAtMonoMs: undefined };
}

/**
 * Fuses everything that may tell of a suspend or a resume (SES-6); pure. Of one sleep comes one resume, however many sources tell of
 * it and in whatever order; the clocks are asked first, because they are never wrong about a sleep that was. A clock that is set
 * forward looks like a sleep, and so causes a resume that does no harm. A suspend by hand lasts until a resume by hand.
 */
export function fuse(state: Wakefulness, signal: WakeSignal, sample: ClockSample): Fused {
  const looked: Wakefulness = { ...state, sample };
  const gap = gapBetween(state.sample, sample);
  if (signal === 'hand-suspend') return suspend(looked, 'hand');
  if (signal === 'hand-resume') return resume(looked, 'hand', gap?.kind === 'sleep' ? gap.ms : 0);
  const network: readonly WakeAction[] = signal === 'network-changed' ? [{ kind: 'network-changed' }] : [];
  if (state.suspended?.by === 'hand') return { state: looked, actions: network };
  const fused = gap?.kind === 'sleep' ? resume(looked, 'clock', gap.ms) : takeWord(looked, signal, gap?.ms);
  return { state: fused.state, actions: [...fused.actions, ...network] };
}

/** What `signal` itself says, where the clocks show no sleep. */
function takeWord(state: Wakefulness, signal: WakeSignal, heldUpMs: number | undefined): Fused {
  const nothing: Fused = { state, actions: [] };
  const { monoMs } = state.sample;
  const sinceResumeMs = state.resumedAtMonoMs === undefined ? undefined : monoMs - state.resumedAtMonoMs;
  if (signal === 'power-suspend') return isLateSuspend(sinceResumeMs) ? nothing : suspend(state, 'power');
  if (signal === 'power-resume') return !state.suspended && isToldResume(sinceResumeMs) ? nothing : resume(state, 'power', 0);
  if (state.suspended) return isNoSleep(monoMs - state.suspended.sinceMonoMs) ? resume(state, 'no-sleep', 0) : nothing;
  return heldUpMs === undefined ? nothing : { state, actions: [{ kind: 'resume', cause: 'stall', sleptMs: 0, heldUpMs }] };
}

/**
 * What lies between two looks: a sleep, or a stall, when the program did not run for as long and the clocks show that the host was
 * awake. Where they cannot tell the two apart it counts as a sleep.
 */
export function gapBetween(before: ClockSample, after: ClockSample): { readonly kind: 'sleep' | 'stall'; readonly ms: number } | undefined {
  const drifted = driftedMs(before, after);
  if (drifted !== undefined && drifted > 0) return { kind: 'sleep', ms: drifted };
  const lateMs = lateByWallMs(before, after);
  if (lateMs === undefined) return undefined;
  const ranMeanwhile = drifted !== undefined && lateByMonoMs(before, after) !== undefined;
  return { kind: ranMeanwhile ? 'stall' : 'sleep', ms: lateMs };
}

function suspend(state: Wakefulness, by: 'power' | 'hand'): Fused {
  const suspended = { by, sinceMonoMs: state.sample.monoMs };
  return { state: { ...state, suspended }, actions: state.suspended ? [] : [{ kind: 'suspend', cause: by }] };
}

function resume(state: Wakefulness, cause: Exclude<ResumeCause, 'stall'>, sleptMs: number): Fused {
  return { state: { ...state, suspended: undefined, resumedAtMonoMs: state.sample.monoMs }, actions: [{ kind: 'resume', cause, sleptMs }] };
}
