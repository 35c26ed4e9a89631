import { MINUTE_MS } from '../base/index.ts';
import type { FolderJournal } from '../journal/types.ts';
import type { DeviceId, FolderId, Role } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Clock, Crypto, FileTrees, Hasher, Logger, Random, Store, Watcher } from '../ports/index.ts';
import type { ChooseCutClass, FolderSettings } from './context.ts';
import type { OtherFolders } from './types.ts';

export interface FolderEngineOptions {
  readonly folder: FolderId;
  /** Absolute path of the folder's directory, prepared by `prepareRoot`. */
  readonly root: string;
  readonly trees: FileTrees;
  readonly watcher: Watcher;
  readonly hasher: Hasher;
  /** Where the engine's own rows live: trash, intents, a reader's changes. The store that the journal commits to. */
  readonly store: Store;
  readonly journal: FolderJournal;
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly logger: Logger;
  readonly role: () => Role;
  readonly device: { readonly id: DeviceId; readonly name: string };
  /** Asked whenever it matters, so that a change of settings needs no restart. */
  readonly settings: () => Partial<FolderSettings>;
  readonly chooseCutClass: ChooseCutClass;
  /** Reuse across folders (BLK-2); none where it is absent. */
  readonly otherFolders?: OtherFolders;
}

export const defaultFolderSettings: FolderSettings = {
  watch: true,
  rescanMs: 60 * MINUTE_MS,
  freeSpaceBytes: undefined,
  trashKeepMs: limits.trashRemovalAgeMs,
};
