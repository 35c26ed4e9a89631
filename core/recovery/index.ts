export * from './recovery-types.ts';
export * from './recovery-tracker.ts';
export type { FolderRecovery } from './folder-recovery.ts';
export * from './lane.ts';
export * from './own-recovery.ts';
