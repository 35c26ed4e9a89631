import type { BlockMap, BlockCellState } from '../../core/api/index.ts';

/** How many colours sources have; later ones begin again. */
export const sourceColourCount = 6;

/** A run of blocks; `from` and `width` are parts of the file, 0 to 1. */
export interface StripSegment {
  readonly state: BlockCellState;
  /** Index of the source's colour; `local` for what was here already, undefined where nobody is asked. */
  readonly colour: number | 'local' | undefined;
  readonly from: number;
  readonly width: number;
}

/** Colours by device, the same in all transfers of a window: by the order in which the devices are known. */
export function sourceColours(deviceIds: readonly string[]): ReadonlyMap<string, number> {
  return new Map(deviceIds.map((id, index) => [id, index % sourceColourCount]));
}

/** Runs of blocks as they are drawn: neighbours that look the same are one, and what is missing is the ground. */
export function stripSegments({ cells }: BlockMap, colours: ReadonlyMap<string, number>): readonly StripSegment[] {
  const segments: StripSegment[] = [];
  const sum = cells.reduce((total, { share }) => total + share, 0);
  let from = 0;
  for (const { device, state, share } of cells) {
    const width = sum === 0 ? 0 : share / sum;
    const colour = device === null ? undefined : device === 'local' ? 'local' : (colours.get(device) ?? 0);
    const last = segments.at(-1);
    const isSame = last !== undefined && last.state === state && last.colour === colour && Math.abs(last.from + last.width - from) < 1e-9;
    if (isSame) segments[segments.length - 1] = { ...last, width: last.width + width };
    else if (width > 0 && state !== 'missing') segments.push({ state, colour, from, width });
    from += width;
  }
  return segments;
}

/** `412 of 900 blocks, 3 overdue, 1 asked twice`. */
export function stripText({ count, cells }: BlockMap): string {
  const blocks = (state: BlockCellState): number =>
    Math.round(cells.filter((cell) => cell.state === state).reduce((total, { share }) => total + share, 0) * count);
  const overdue = blocks('overdue');
  const hedged = blocks('hedged');
  return [
    `${blocks('arrived')} of ${count} blocks`,
    ...(overdue > 0 ? [`${overdue} overdue`] : []),
    ...(hedged > 0 ? [`${hedged} asked twice`] : []),
  ].join(', ');
}
