import { describe, expect, test } from 'vitest';
import type { Liveness, LivenessDecision } from './liveness.ts';
import { decideLiveness, heard, liveLink, probeAnswered, probeBoundMs, probeSent } from './liveness.ts';

const freeLink = { bytesAhead: 0, bytesPerSecond: undefined };

function decide(state: Liveness, nowMs: number, workSinceMs?: number): LivenessDecision {
  return decideLiveness(state, { nowMs, workSinceMs });
}

describe('liveness', () => {
  test('SES-5 an idle link is probed every 15 s and nobody is suspect for that', () => {
    const state = liveLink(0);
    expect(decide(state, 1_000)).toEqual({ kind: 'wait', suspect: false, lookAgainInMs: 14_000 });
    expect(decide(state, 15_000)).toEqual({ kind: 'probe', cause: 'routine' });
    const probing = probeSent(state, 1, 'routine', 15_000, freeLink);
    expect(decide(probing, 15_100)).toMatchObject({ kind: 'wait', suspect: false });
  });

  test('SES-5 the round trip of a busy link is measured every 15 s too', () => {
    const busy = heard(liveLink(0), 14_900);
    expect(decide(busy, 14_999, 0)).toEqual({ kind: 'wait', suspect: false, lookAgainInMs: 1 });
    expect(decide(busy, 15_000, 0)).toEqual({ kind: 'probe', cause: 'routine' });
  });

  test('SES-5 with work outstanding 1.5 s of silence sends a probe and makes the peer suspect', () => {
    const state = liveLink(0);
    expect(decide(state, 1_499, 0)).toEqual({ kind: 'wait', suspect: false, lookAgainInMs: 1 });
    expect(decide(state, 1_500, 0)).toEqual({ kind: 'probe', cause: 'silence' });
    expect(decide(probeSent(state, 1, 'silence', 1_500, freeLink), 1_500, 0)).toMatchObject({ kind: 'wait', suspect: true });
  });

  test('SES-5 silence counts from when the work began', () => {
    expect(decide(heard(liveLink(0), 2_000), 10_500, 10_000)).toEqual({ kind: 'wait', suspect: false, lookAgainInMs: 1_000 });
  });

  test('SES-5 a probe unanswered for 3 s ends the epoch', () => {
    const probing = probeSent(liveLink(0), 1, 'silence', 1_500, freeLink);
    expect(decide(probing, 4_499, 0)).toMatchObject({ kind: 'wait', lookAgainInMs: 1 });
    expect(decide(probing, 4_500, 0)).toEqual({ kind: 'end' });
  });

  test('SES-5 any bytes are life: they clear suspicion and put the end off', () => {
    const probing = probeSent(liveLink(0), 1, 'silence', 1_500, freeLink);
    const alive = heard(probing, 4_000);
    expect(decide(alive, 4_500, 0)).toMatchObject({ kind: 'wait', suspect: false });
    expect(decide(alive, 5_600, 0)).toMatchObject({ kind: 'wait', suspect: true });
    expect(decide(alive, 7_000, 0)).toEqual({ kind: 'end' });
  });

  test('SES-5 the bound of a probe follows the round trip and the bytes ahead of it', () => {
    expect(probeBoundMs(3_000, 50, freeLink)).toBe(3_000);
    expect(probeBoundMs(3_000, 800, freeLink)).toBe(6_400);
    expect(probeBoundMs(3_000, 50, { bytesAhead: 8 * 512 * 1024, bytesPerSecond: 512 * 1024 })).toBe(8_000);
    expect(probeBoundMs(3_000, 50, { bytesAhead: 1e12, bytesPerSecond: 1 })).toBe(120_000);
  });

  test('SES-5 the round trip is smoothed over answered probes', () => {
    const first = probeAnswered(probeSent(liveLink(0), 1, 'routine', 0, freeLink), 80);
    expect(first).toEqual({ heardAtMs: 80, probedAtMs: 0, probe: undefined, srttMs: 80 });
    expect(probeAnswered(probeSent(first, 2, 'routine', 100, freeLink), 260).srttMs).toBe(90);
  });

  test('SES-6 after a resume a link has 1 s to prove itself, and what the kernel kept from before the sleep proves nothing', () => {
    const proving = probeSent(liveLink(0), 1, 'proof', 10_000, freeLink);
    expect(decide(proving, 10_000)).toMatchObject({ kind: 'wait', suspect: true });
    expect(heard(proving, 10_100)).toBe(proving);
    expect(decide(heard(proving, 10_100), 11_000)).toEqual({ kind: 'end' });
    expect(decide(heard(proving, 10_500), 11_000)).toMatchObject({ kind: 'wait', suspect: false });
    expect(decide(probeAnswered(proving, 10_020), 11_000)).toMatchObject({ kind: 'wait', suspect: false });
  });
});
