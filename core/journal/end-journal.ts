import type { JournalId } from '../model/index.ts';
import { lastAcceptedSequence } from '../model/index.ts';
import type { JournalParts } from './parts.ts';
import { addStatements } from './roster-log.ts';
import { signStatements } from './roster-statements.ts';

/**
 * Signs that a journal of ours counts to `through` only (JRN-5): what followed was announced in two ways, some devices hold the one and some
 * the other, and no entry of either may stay. What was applied of it becomes the announcement of those who have it. False: nothing new
 * was said. The cut itself is left to `enforceRoster`.
 */
export async function endJournal(parts: JournalParts, journal: JournalId, through: number): Promise<boolean> {
  const { rosterLog, store, crypto, state, logger } = parts;
  if (lastAcceptedSequence(rosterLog.roster, journal) <= through) return false;
  const statements = signStatements(rosterLog.roster, [{ kind: 'end', journal, through }], parts);
  const addition = addStatements(rosterLog, state.folder, statements, crypto, state.scopes);
  if (!addition.ok || addition.value.added === 0) {
    logger.log('warn', 'journal-not-ended', { folder: state.folder, journal, through });
    return false;
  }
  await store.commit(addition.value.rows, { durable: true });
  parts.rosterLog = addition.value.log;
  logger.log('info', 'journal-ended', { folder: state.folder, journal, through });
  return true;
}
