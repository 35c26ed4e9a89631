import type { FolderStatus, Status } from '../../core/api/index.ts';

/** What waits for a decision of a person; the number beside "Needs attention". */
export function attentionCount(status: Pick<Status, 'folders'>): number {
  const count = ({ conflicts, problems, state }: FolderStatus): number => conflicts + problems + (state === 'stopped' ? 1 : 0);
  return status.folders.reduce((sum, folder) => sum + count(folder), 0);
}
