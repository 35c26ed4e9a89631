import type { PauseStatus } from '../../core/api/index.ts';
import { formatClock } from './format.ts';

/** What stands in the way of all syncing, in one sentence. */
export function pauseText(pause: PauseStatus | null, now: Date): string {
  if (pause === null) return 'Syncing goes on.';
  if (pause.by === 'battery') return 'Syncing is paused because the battery is low.';
  if (pause.by === 'metered') return 'Syncing is paused because the network is metered.';
  return pause.until === null ? 'Syncing is paused until: dormouse unpause' : `Syncing is paused until ${formatClock(pause.until, now)}.`;
}
