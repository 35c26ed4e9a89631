import type { PathState, WantedRow } from '../journal/types.ts';
import { winnerOf } from '../model/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';

export interface WantedPage {
  readonly rows: readonly WantedRow[];
  /** In the order of `rows`. */
  readonly states: readonly PathState[];
}

/** Everything that is wanted, held paths too, page by page, until the folder is halted. */
export async function* wantedPages(context: FolderContext): AsyncGenerator<WantedPage> {
  const { journal } = context;
  let after: WantedRow | undefined;
  while (!context.isHalted()) {
    const rows = await journal.wanted({ ...(after ? { after } : {}), limit: engineLimits.wantedSweepRows });
    yield { rows, states: await journal.pathStates(rows.map(({ path }) => path)) };
    after = rows.at(-1);
    if (rows.length < engineLimits.wantedSweepRows) return;
  }
}

/** What is wanted of the path is that it goes. */
export function isRemoval({ heads }: PathState): boolean {
  return winnerOf(heads)?.snap.kind === 'removed';
}
