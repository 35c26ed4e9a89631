import type { Clock, Crypto, Logger, Random, Signer, Store } from '../ports/index.ts';
import type { BatchLog } from './batch-log.ts';
import { FolderChange } from './folder-change.ts';
import type { FolderState } from './folder-state.ts';
import type { PageStore } from './pages.ts';
import type { RosterLog } from './roster-log.ts';

/** What a folder's journal is made of; shared by the functions that change it, of which one runs at a time. */
export interface JournalParts {
  readonly store: Store;
  readonly crypto: Crypto;
  readonly signer: Signer;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly state: FolderState;
  readonly batches: BatchLog;
  readonly pages: PageStore;
  /** Entries of one batch of ours at most, and the slack of compaction. */
  readonly batchEntriesMax: number;
  rosterLog: RosterLog;
}

export function newChange(parts: JournalParts): FolderChange {
  return new FolderChange(parts.state, { store: parts.store, clock: parts.clock, pageSpans: (root) => parts.pages.spans(root) });
}
