import type { FolderId } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Clock, Crypto, Logger, Random, Signer, Store } from '../ports/index.ts';
import { BatchLog } from './batch-log.ts';
import { announceCutRemovals } from './cut-removals.ts';
import { enforceRoster } from './disown.ts';
import { StoredFolderJournal } from './folder-journal.ts';
import { loadFolderState } from './folder-state.ts';
import { PageStore } from './pages.ts';
import type { JournalParts } from './parts.ts';
import { loadRosterLog } from './roster-log.ts';
import { migrateFolder } from './schema.ts';
import { folderScopes } from './scopes.ts';
import type { FolderJournal } from './types.ts';

export interface OpenFolderJournalOptions {
  readonly store: Store;
  readonly crypto: Crypto;
  /** This device. */
  readonly signer: Signer;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly folder: FolderId;
  /** 16 hex digits that name our journal where none exists yet; drawn when absent. */
  readonly generation?: string;
  /** Entries of a batch of ours, at most and as default `limits.batchEntriesMax`; less lets tests compact small journals. */
  readonly batchEntriesMax?: number;
}

/**
 * Opens what the store has about a folder; a folder that it has nothing about is empty, and its roster too until statements are merged.
 * Rejects with `StoreFailure`. One open journal per folder and store.
 */
export async function openFolderJournal(options: OpenFolderJournalOptions): Promise<FolderJournal> {
  const { store, crypto, signer, random, clock, logger, folder } = options;
  const scopes = folderScopes(folder);
  await migrateFolder(store, scopes);
  const parts: JournalParts = {
    store,
    crypto,
    signer,
    random,
    clock,
    logger,
    state: await loadFolderState(store, folder, scopes, signer.device, random, options.generation),
    batches: new BatchLog(store, scopes),
    pages: new PageStore(store, scopes, clock),
    batchEntriesMax: Math.min(options.batchEntriesMax ?? Infinity, limits.batchEntriesMax),
    rosterLog: await loadRosterLog(store, scopes, folder, crypto),
  };
  // A cut that a crash interrupted is finished before anybody looks.
  const { removals } = await enforceRoster(parts);
  await announceCutRemovals(parts, removals);
  return new StoredFolderJournal(parts);
}
