import type { KnownEntry, RelPath } from '../model/index.ts';
import { mayAnnounce } from '../model/index.ts';
import { announceEntries } from './announce.ts';
import { needsGeneration } from './disown.ts';
import type { JournalParts } from './parts.ts';

/**
 * Announces removals that were cut off with a journal whose author still writes (JRN-5) as our own: nothing of these paths is on this disk,
 * and whoever has seen the removals took what they removed away. Without it older versions would count again, whose bytes nobody has any
 * more. Where a crash comes before, the others do it. Returns the paths touched.
 */
export async function announceCutRemovals(parts: JournalParts, removals: readonly KnownEntry[]): Promise<readonly RelPath[]> {
  const { roster } = parts.rosterLog;
  if (removals.length === 0 || !mayAnnounce(roster, parts.signer.device) || needsGeneration(roster, parts.state.own)) return [];
  const drafts = removals.map(({ path, snap, vector }) => ({ draft: { path, snap, vector, bump: true } }));
  return (await announceEntries(parts, drafts, [], [])).paths;
}
