import type { AppliedMark, AppliedVector, HaveMark, HaveVector, JournalId } from '../model/index.ts';
import type { PeerRequest } from '../protocol/index.ts';

export type HaveRecord = PeerRequest<'have'>['have'];
export type AppliedRecord = PeerRequest<'history'>['applied'];
export type WireMark = HaveRecord[JournalId];

export function haveToWire(have: HaveVector): HaveRecord {
  return Object.fromEntries([...have].map(([journal, mark]) => [journal, markToWire(mark)])) as HaveRecord;
}

export function markToWire(mark: HaveMark | undefined): WireMark {
  if (!mark) return { end: 0, endHash: '' };
  const { end, endHash, pending, floor } = mark;
  return { end, endHash, ...(pending ? { pending: { ...pending } } : {}), ...(floor === undefined ? {} : { floor }) };
}

export function haveFromWire(record: HaveRecord): Map<JournalId, HaveMark> {
  return new Map(Object.entries(record) as [JournalId, HaveMark][]);
}

export function appliedToWire(applied: AppliedVector): AppliedRecord {
  return Object.fromEntries(
    [...applied].map(([journal, mark]) => [journal, { through: mark.through, exceptions: [...mark.exceptions] }]),
  ) as AppliedRecord;
}

export function appliedFromWire(record: AppliedRecord): Map<JournalId, AppliedMark> {
  return new Map(
    Object.entries(record).map(([journal, mark]) => [journal as JournalId, { through: mark.through, exceptions: mark.exceptions }]),
  );
}

export function sameMark(a: HaveMark | undefined, b: HaveMark | undefined): boolean {
  const [x, y] = [markToWire(a), markToWire(b)];
  return (
    x.end === y.end &&
    x.endHash === y.endHash &&
    x.floor === y.floor &&
    x.pending?.firstSequence === y.pending?.firstSequence &&
    x.pending?.end === y.pending?.end
  );
}

/** Whether whoever holds `ours` may have something that a holder of `theirs` lacks; the journal itself then knows what. */
export function mayGive(ours: HaveMark, theirs: HaveMark | undefined): boolean {
  return reachOf(ours) > (theirs?.end ?? 0) || (ours.floor ?? 0) > (theirs?.floor ?? 0);
}

/** How far a mark reaches in either chain. */
export function reachOf(mark: HaveMark | undefined): number {
  return Math.max(mark?.end ?? 0, mark?.pending?.end ?? 0);
}
