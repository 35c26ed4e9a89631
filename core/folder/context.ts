import type { Logger, Clock, Crypto, Hasher, Random, Store } from '../ports/index.ts';
import type { FolderJournal } from '../journal/types.ts';
import type { CutClass, DeviceId, FolderId, RelPath, Role } from '../model/index.ts';
import type { IgnoreRules } from '../reconcile/index.ts';
import type { Claims } from './claims.ts';
import type { CommitGroup } from './commit-group.ts';
import type { FolderDisk } from './folder-disk.ts';
import type { Problems } from './problems.ts';
import type { ReaderChanges } from './reader-changes.ts';
import type { RootGuard } from './root-guard.ts';
import type { OtherFolders } from './types.ts';

/** The class to cut a file of `size` bytes with, given its previous version (BLK-1). */
export type ChooseCutClass = (size: number, previous?: { readonly cutClass: CutClass; readonly size: number }) => CutClass;

export interface FolderSettings {
  /** False: only scans find changes. */
  readonly watch: boolean;
  /** Time between scans of everything, ms; spread by ±20 %. */
  readonly rescanMs: number;
  /** Space that downloads leave free, bytes; undefined: the smaller of 1 GiB and 5 % of the disk (FLD-9). */
  readonly freeSpaceBytes: number | undefined;
  /** How long removed and replaced files stay in the trash, ms of running time (FLD-2). */
  readonly trashKeepMs: number;
}

/** What every part of one folder's engine works with. The parts know each other only through it. */
export interface FolderContext {
  readonly folder: FolderId;
  readonly disk: FolderDisk;
  readonly journal: FolderJournal;
  readonly store: Store;
  readonly hasher: Hasher;
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly logger: Logger;
  readonly device: { readonly id: DeviceId; readonly name: string };
  readonly role: () => Role;
  readonly settings: () => FolderSettings;
  readonly chooseCutClass: ChooseCutClass;
  readonly otherFolders: OtherFolders | undefined;
  /** Runs what uses the disk. A store that fails stops the folder, and `otherwise` comes out. */
  guarded<T>(task: () => Promise<T>, otherwise: T): Promise<T>;
  readonly claims: Claims;
  readonly commits: CommitGroup;
  readonly problems: Problems;
  readonly readerChanges: ReaderChanges;
  readonly guard: RootGuard;
  /** Where a copy of a losing version was put on disk before it was announced: the path that it was kept from. */
  readonly copyHints: Map<RelPath, RelPath>;
  readonly rules: () => IgnoreRules;
  /** Stores of this engine's own rows: `name` is `trash`, `local` … */
  readonly scope: (name: string) => string;
  requestScan(paths: readonly RelPath[] | 'all'): void;
  /** The paths, or all that are wanted, may have something to apply. */
  markDirty(paths: readonly RelPath[] | 'wanted'): void;
  /** Aborts what takes long when the folder is halted. */
  signal(): AbortSignal;
  /** Work must not begin or go on: stopped, paused, or the root is not to be trusted. */
  isHalted(): boolean;
  /** Tells listeners that the state or what can be downloaded may have changed. */
  changed(): void;
}

/** Whether this device may announce entries of this folder. */
export function mayAnnounce(context: FolderContext): boolean {
  return context.role() !== 'reader';
}
