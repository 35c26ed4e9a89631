import type { MonoMs } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';
import type { Ask, FetchPeer } from './blocks-and-peers.ts';
import type { FetchState } from './fetch-state.ts';
import { fetchTuning as tuning } from './fetch-tuning.ts';

/** Looks at everything that time alone changes: overdue blocks, trickles, suspicions, probes (FET-4, FET-5). Returns whom to probe. */
export function noticeLateness(state: FetchState, now: MonoMs): DeviceId[] {
  const probes: DeviceId[] = [];
  for (const peer of state.peers.values()) {
    if (peer.asks.size > 0) {
      if (now >= peer.pace.trickleCheckAt) noticeTrickle(state, peer, now);
      if (now >= peer.nextCheckAt) noticeOverdue(state, peer, now);
    }
    if (peer.suspicion) {
      if (!peer.owesFreely && now >= peer.suspicion.freeAt) leave(state, peer);
      if (!peer.suspicion.probing && now >= peer.suspicion.probeAt) {
        peer.suspicion.probing = true;
        probes.push(peer.device);
      }
    }
  }
  return probes;
}

/** When time alone may next change what {@link noticeLateness} finds. */
export function nextLatenessAt(state: FetchState): number {
  let at = Infinity;
  for (const peer of state.peers.values()) {
    if (peer.asks.size > 0) at = Math.min(at, peer.nextCheckAt, peer.pace.trickleCheckAt);
    if (!peer.suspicion) continue;
    if (!peer.owesFreely) at = Math.min(at, peer.suspicion.freeAt);
    if (!peer.suspicion.probing) at = Math.min(at, peer.suspicion.probeAt);
  }
  return at;
}

function noticeOverdue(state: FetchState, peer: FetchPeer, now: MonoMs): void {
  let nextAt = Infinity;
  for (const ask of [...peer.asks.values()]) {
    if (ask.receivedBytes >= ask.block.size) continue;
    const hasAlternate = ask.block.hasAlternate(peer, now);
    const totalAt = hasAlternate ? ask.askedAt + tuning.overdueTotalMsMax : Infinity;
    const dueAt = Math.min(peer.turnOf(ask) + peer.pace.overdueAfterMs(ask.block.size), totalAt);
    if (!ask.overdue && dueAt <= now) markOverdue(state, ask, now);
    else if (!ask.overdue) nextAt = Math.min(nextAt, dueAt);
    if (!ask.overdue || ask.block.asks.length > 1) continue;
    if (totalAt <= now) moveElsewhere(state, ask, now);
    else if (totalAt < Infinity) nextAt = Math.min(nextAt, totalAt);
    // An alternate that cannot be asked now (suspect, or pausing after a failure) may become one.
    else if (ask.block.sources.length > 1) nextAt = Math.min(nextAt, now + tuning.overdueMsMin);
  }
  peer.nextCheckAt = nextAt;
}

function noticeTrickle(state: FetchState, peer: FetchPeer, now: MonoMs): void {
  if (!peer.pace.isTrickling(now)) return;
  for (const ask of peer.asks.values()) {
    if (!ask.overdue && ask.receivedBytes < ask.block.size && now - ask.askedAt >= tuning.trickleMs) markOverdue(state, ask, now);
  }
  peer.nextCheckAt = Math.min(peer.nextCheckAt, now);
  peer.pace.restartTrickleWatch(now);
}

function markOverdue(state: FetchState, ask: Ask, now: MonoMs): void {
  ask.overdue = true;
  ask.peer.overdueInRow += 1;
  state.notes.push({ kind: 'overdue', device: ask.peer.device, name: ask.block.name });
  if (ask.peer.overdueInRow >= tuning.overdueInRowMax && !ask.peer.suspicion) suspect(state, ask.peer, now);
  state.offer(ask.block, 'urgent');
}

/** Owed for 10 s by a peer that delivers otherwise, and hedging was not affordable: the peer is let off this block. */
function moveElsewhere(state: FetchState, ask: Ask, now: MonoMs): void {
  ask.block.avoid = ask.peer;
  state.dropAsk(ask, now, true);
  state.offer(ask.block, 'urgent');
}

function suspect(state: FetchState, peer: FetchPeer, now: MonoMs): void {
  peer.barren = peer.bytesSinceSuspicion ? 0 : peer.barren + 1;
  peer.bytesSinceSuspicion = false;
  const graceMs = Math.min(tuning.probeGraceMsMax, Math.max(tuning.probeGraceMsMin, 3 * peer.pace.latencyMs));
  const backoffMs = Math.min(tuning.probeBackoffMsMax, tuning.probeBackoffMs * 2 ** Math.min(peer.barren - 1, 10));
  peer.suspicion =
    peer.barren === 0 ? { freeAt: now + graceMs, probeAt: now, probing: false } : { freeAt: now, probeAt: now + backoffMs, probing: false };
  state.notes.push({ kind: 'suspect', device: peer.device });
}

function leave(state: FetchState, peer: FetchPeer): void {
  handOverDebts(state, peer);
  if (!peer.isLeft) state.notes.push({ kind: 'left', device: peer.device });
  peer.isLeft = true;
}

/** What a suspect peer owes may be asked of anyone, without counting as a hedge. */
export function handOverDebts(state: FetchState, peer: FetchPeer): void {
  peer.owesFreely = true;
  for (const ask of peer.asks.values()) state.offer(ask.block, 'urgent');
}

/** The peer is believed again: its clocks start anew, and what it still owes is waited for. */
export function restore(state: FetchState, peer: FetchPeer, now: MonoMs): void {
  if (peer.suspicion) {
    peer.suspicion = undefined;
    peer.onProbation = peer.barren > 0;
    state.notes.push({ kind: 'restored', device: peer.device });
  }
  peer.overdueInRow = 0;
  if (peer.sessionSuspect) return;
  peer.owesFreely = false;
  peer.turns.restart(now);
  peer.pace.restartTrickleWatch(now);
  peer.nextCheckAt = now;
  for (const ask of peer.asks.values()) ask.overdue = false;
}
