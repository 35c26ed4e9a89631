import type { WatchEvent, Watcher } from '../../ports/index.ts';
import { DirectoryWatches } from './directory-watches.ts';
import { PathReports } from './path-reports.ts';
import { processWatchBudget, queuedEventsMax } from './watch-budget.ts';
import type { WatchBudget } from './watch-budget.ts';

export interface InotifyWatcherOptions {
  /** How many directories may be watched; default: this process's share of the system's limit. */
  readonly budget?: WatchBudget;
  /** Changes are gathered for this long before they are reported. */
  readonly gatherMs?: number;
}

const gatherMsDefault = 50;

/** The watcher of Linux: one inotify watch per directory, some 2 KB of memory each, kept up with every directory that comes, goes or moves. */
export function inotifyWatcher(options: InotifyWatcherOptions = {}): Watcher {
  const budget = options.budget ?? processWatchBudget;
  return {
    watch: async (root, onEvent) => {
      let stopped = false;
      let complete = true;
      const tell = (event: WatchEvent): void => {
        if (!stopped) onEvent(event);
      };
      const reports = new PathReports(options.gatherMs ?? gatherMsDefault, (paths) => tell({ kind: 'changed', paths }));
      const burst = burstGuard(() =>
        tell({ kind: 'lost', reason: 'overflow', text: `Changes in ${root} came faster than they could be read.` }),
      );
      const watches = new DirectoryWatches(root, budget, {
        onEvent: burst,
        onChanged: (path) => reports.add(path),
        onLimit: () => {
          if (!complete) return;
          complete = false;
          tell({ kind: 'lost', reason: 'limit', text: limitText(root, budget) });
        },
        onError: (text) => tell({ kind: 'lost', reason: 'error', text }),
      });
      await watches.start();
      return {
        get complete() {
          return complete;
        },
        stop: async () => {
          stopped = true;
          reports.stop();
          watches.stop();
        },
      };
    },
  };
}

function limitText(root: string, budget: WatchBudget): string {
  return `Only ${budget.used} directories can be watched, and ${root} has more. Changes in the others are found by the regular scans. To watch all, raise the system's limit: sysctl fs.inotify.max_user_watches`;
}

/**
 * Node does not tell when the kernel dropped events. It can only have done so when its queue was full, and a full queue is read in
 * one turn of the event loop; so a turn with half as many events is taken for a loss.
 */
function burstGuard(onBurst: () => void): () => void {
  let events = 0;
  return () => {
    if (events === 0) {
      setImmediate(() => {
        if (events >= queuedEventsMax / 2) onBurst();
        events = 0;
      });
    }
    events += 1;
  };
}
