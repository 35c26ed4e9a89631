import type { DeviceId, JournalId } from './ids.ts';
import { journalDevice } from './ids.ts';
import type { Role, Roster } from './roster.ts';

/** Whether entries of a journal count under a roster: `ok`, or why not. */
export type WriteRight = 'ok' | 'not-a-writer' | 'past-accepted-end';

export function roleOf(roster: Roster, device: DeviceId): Role | undefined {
  return roster.members.get(device)?.role;
}

/** Whether `device` may announce anything now: an owner or a writer (ROS-4). */
export function mayAnnounce(roster: Roster, device: DeviceId): boolean {
  const role = roleOf(roster, device);
  return role === 'owner' || role === 'writer';
}

/**
 * The last sequence number of `journal` that counts (ROS-2): infinite for a writer's living journal, the accepted end of one that was
 * cut, 0 for any other journal of a revoked device, a reader or a stranger.
 */
export function lastAcceptedSequence(roster: Roster, journal: JournalId): number {
  const end = roster.acceptedEnds.get(journal);
  if (end !== undefined) return end;
  return mayAnnounce(roster, journalDevice(journal)) ? Infinity : 0;
}

/** Whether a batch or floor of `journal` that reaches to `lastSequence` may be taken or passed on. */
export function writeRight(roster: Roster, journal: JournalId, lastSequence: number): WriteRight {
  if (lastSequence <= lastAcceptedSequence(roster, journal)) return 'ok';
  const device = journalDevice(journal);
  const wasCut = roster.acceptedEnds.has(journal) || (roster.sealed.has(device) && !roster.members.has(device));
  return wasCut ? 'past-accepted-end' : 'not-a-writer';
}
