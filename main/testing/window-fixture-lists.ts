import type { ApiReply } from '../../core/api/index.ts';
import { MIB, MINUTE_MS, SECOND_MS } from '../../core/base/index.ts';
import { fixtureStatus } from './window-fixture.ts';
import { fixtureIds } from './window-fixture-ids.ts';
import { fixtureBlocks } from './window-fixture-story.ts';

/** How long the lists are to be. */
export interface ListLengths {
  /** In one folder. */
  readonly files: number;
  readonly conflicts: number;
  readonly problems: number;
  /** Under way, and as many finished. */
  readonly transfers: number;
}

const folder = 'a1'.repeat(32);
const folderName = 'Documents';

/** What an agent answers, by verb, of which each list is long. */
export function longLists(now: Date, lengths: ListLengths) {
  const at = new Date(now.getTime() - 5 * MINUTE_MS).toISOString();
  const status = fixtureStatus(now);
  const blocks = fixtureBlocks([fixtureIds.nas, fixtureIds.studio], 4000, 0.5);
  return {
    status: {
      ...status,
      folders: status.folders.map((each) =>
        each.id === folder
          ? {
              ...each,
              total: { files: lengths.files, bytes: lengths.files * MIB },
              conflicts: lengths.conflicts,
              problems: lengths.problems,
            }
          : each,
      ),
      transfers: numbered(lengths.transfers, 'Moving', 'bin').map((path) => ({
        ...{ folder, path, bytes: 1000 * MIB, done: 500 * MIB, rate: MIB, hedges: 1, blocks },
        sources: [fixtureIds.nas, fixtureIds.studio].map((device) => ({ device, blocks: 1000, overdue: 1 })),
      })),
    },
    activity: {
      finished: numbered(lengths.transfers, 'Done', 'bin').map((path) => ({
        ...{ at, kind: 'fetched' as const, folder, path, bytes: MIB, tookMs: 2 * SECOND_MS },
        sources: [{ device: fixtureIds.nas, bytes: MIB }],
      })),
    },
    conflicts: {
      conflicts: numbered(lengths.conflicts, 'Disputed', 'odt').map((of) => {
        const version = { bytes: MIB, mtime: at, author: "Anna's ThinkPad" };
        return {
          ...version,
          folder,
          folderName,
          path: of.replace('.odt', ' (conflict zK8wL2m 2026-11-19 184012).odt'),
          of,
          current: version,
        };
      }),
    },
    problems: {
      problems: numbered(lengths.problems, 'Troubled', 'odt').map((path) => {
        return { folder, folderName, path, kind: 'unreadable' as const, permanent: true, text: 'the file cannot be read', since: at };
      }),
    },
  } satisfies { readonly [V in 'status' | 'activity' | 'conflicts' | 'problems']: ApiReply<V> };
}

/** `Name 0001.odt` and so on. */
function numbered(count: number, name: string, extension: string): string[] {
  return Array.from({ length: count }, (_, index) => `${name} ${String(index + 1).padStart(4, '0')}.${extension}`);
}
