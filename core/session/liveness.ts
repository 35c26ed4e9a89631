import { timing } from './timing.ts';

/**
 * Decides from silence whether a peer is asked for a sign of life, is suspect, or its epoch ends (SES-5). Pure: every instant is an
 * argument, in awake ms. Any bytes from the peer are life; so is a write that the link took after it had been full, because a peer
 * that reads makes room. A slow link gets the time that the bytes ahead of a probe take at its measured rate.
 */
export interface Liveness {
  /** When bytes came last, or the link took some after it was full. */
  readonly heardAtMs: number;
  /** When the last probe went out. */
  readonly probedAtMs: number;
  /** The newest probe that has no answer. */
  readonly probe: ProbeUnderWay | undefined;
  /** Smoothed round trip, from probes only: other calls contain the peer's work. */
  readonly srttMs: number | undefined;
}

interface ProbeUnderWay {
  readonly id: number;
  readonly sentAtMs: number;
  readonly boundMs: number;
  /** The peer is suspect until something comes. */
  readonly doubt: boolean;
  /** A probe that asks for proof after a resume: bytes heard before this instant may be older than the sleep. */
  readonly proofFromMs: number | undefined;
}

export interface LivenessFacts {
  readonly nowMs: number;
  /** Since when something is outstanding, or undefined. */
  readonly workSinceMs: number | undefined;
}

export interface LinkFacts {
  /** Bytes that a probe sent now has ahead of it. */
  readonly bytesAhead: number;
  /** Measured rate out; undefined until known. */
  readonly bytesPerSecond: number | undefined;
}

export type LivenessDecision =
  | { readonly kind: 'wait'; readonly suspect: boolean; readonly lookAgainInMs: number }
  | { readonly kind: 'probe'; readonly cause: 'routine' | 'silence' }
  | { readonly kind: 'end' };

export function liveLink(nowMs: number): Liveness {
  return { heardAtMs: nowMs, probedAtMs: nowMs, probe: undefined, srttMs: undefined };
}

/** Bytes came, or the link took bytes after it had been full. */
export function heard(state: Liveness, nowMs: number): Liveness {
  const { probe } = state;
  if (!probe) return { ...state, heardAtMs: nowMs };
  if (probe.proofFromMs !== undefined && nowMs < probe.proofFromMs) return state;
  return { ...state, heardAtMs: nowMs, probe: probe.doubt ? { ...probe, doubt: false } : probe };
}

/**
 * Why a probe goes out: `routine`, the last one is long ago, so that a quiet link is watched and the round trip stays measured; `silence`, the peer owes something; `proof`, after a resume or a change of the
 * network, when only what comes from now on counts.
 */
export type ProbeCause = 'routine' | 'silence' | 'proof';

/** Probe `id` goes out; it takes the place of an earlier one. */
export function probeSent(state: Liveness, id: number, cause: ProbeCause, nowMs: number, link: LinkFacts): Liveness {
  const floorMs = cause === 'proof' ? timing.proofFloorMs : timing.probeFloorMs;
  const proofFromMs = cause === 'proof' ? nowMs + timing.proofStaleMs : undefined;
  const boundMs = probeBoundMs(floorMs, state.srttMs, link);
  return { ...state, probedAtMs: nowMs, probe: { id, sentAtMs: nowMs, boundMs, doubt: cause !== 'routine', proofFromMs } };
}

/** The newest probe was answered. */
export function probeAnswered(state: Liveness, nowMs: number): Liveness {
  if (!state.probe) return heard(state, nowMs);
  const sampleMs = nowMs - state.probe.sentAtMs;
  // RFC 6298's weight for the smoothed round trip.
  const srttMs = state.srttMs === undefined ? sampleMs : state.srttMs + (sampleMs - state.srttMs) / 8;
  return { ...state, heardAtMs: nowMs, probe: undefined, srttMs };
}

/** How long a probe may go unanswered. */
export function probeBoundMs(floorMs: number, srttMs: number | undefined, link: LinkFacts): number {
  const rate = Math.max(1, link.bytesPerSecond ?? timing.rateFloorBytesPerSecond);
  const drainMs = (link.bytesAhead * 1000) / rate;
  return Math.min(timing.probeBoundMsMax, Math.max(floorMs, timing.probeRtts * (srttMs ?? 0), drainMs));
}

export function decideLiveness(state: Liveness, facts: LivenessFacts): LivenessDecision {
  return state.probe ? decideWithProbe(state.heardAtMs, state.probe, facts) : decideWithoutProbe(state, facts);
}

function decideWithProbe(heardAtMs: number, probe: ProbeUnderWay, { nowMs }: LivenessFacts): LivenessDecision {
  const silentMs = nowMs - Math.max(heardAtMs, probe.sentAtMs);
  if (silentMs >= probe.boundMs) return { kind: 'end' };
  const suspect = probe.doubt || silentMs >= timing.silenceMs;
  const lookAgainInMs = suspect ? probe.boundMs - silentMs : Math.min(timing.silenceMs, probe.boundMs) - silentMs;
  return { kind: 'wait', suspect, lookAgainInMs };
}

function decideWithoutProbe(state: Liveness, { nowMs, workSinceMs }: LivenessFacts): LivenessDecision {
  const routineInMs = state.probedAtMs + timing.routineProbeMs - nowMs;
  if (workSinceMs === undefined)
    return routineInMs <= 0 ? { kind: 'probe', cause: 'routine' } : { kind: 'wait', suspect: false, lookAgainInMs: routineInMs };
  const silentMs = nowMs - Math.max(state.heardAtMs, workSinceMs);
  if (silentMs >= timing.silenceMs) return { kind: 'probe', cause: 'silence' };
  if (routineInMs <= 0) return { kind: 'probe', cause: 'routine' };
  return { kind: 'wait', suspect: false, lookAgainInMs: Math.min(timing.silenceMs - silentMs, routineInMs) };
}
