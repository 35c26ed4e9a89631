import { readFileSync } from 'node:fs';

/** Part of the user's watches that this process takes at most: editors and desktops need theirs. */
const shareMax = 0.75;
/** The kernel's defaults, where the files cannot be read. */
const usualWatches = 8192;
const usualQueuedEvents = 16_384;

/** How many directories may be watched, counted over all watchers that share the budget. */
export class WatchBudget {
  readonly limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  take(): boolean {
    if (this.#used >= this.limit) return false;
    this.#used += 1;
    return true;
  }

  giveBack(): void {
    this.#used -= 1;
  }
}

/** The budget of this process: a share of what the kernel allows the user (fs.inotify.max_user_watches). */
export const processWatchBudget = new WatchBudget(Math.floor(inotifySetting('max_user_watches', usualWatches) * shareMax));

/** Events that the kernel keeps for this process until they are read; more are dropped. */
export const queuedEventsMax = inotifySetting('max_queued_events', usualQueuedEvents);

function inotifySetting(name: string, usual: number): number {
  try {
    return Number.parseInt(readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8'), 10) || usual;
  } catch {
    return usual;
  }
}
