/** How many columns of a terminal `text` takes: colour codes and combining marks none, wide characters two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text.replace(colourPattern, ''))) width += isWide(segment.codePointAt(0) ?? 0) ? 2 : 1;
  return width;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
// oxlint-disable-next-line no-control-regex -- colour codes begin with a control character
const colourPattern = /\u001b\[[0-9;]*m/g;

/** Ranges of Unicode's East Asian Width W and F, merged coarsely, with the emoji that terminals draw wide. */
const wideRanges: readonly (readonly [from: number, to: number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1faff],
  [0x20000, 0x3fffd],
];

function isWide(codePoint: number): boolean {
  return wideRanges.some(([from, to]) => codePoint >= from && codePoint <= to);
}

export interface TableOptions {
  /** Titles of the columns; without them no title line is written. */
  readonly head?: readonly string[];
  /** Columns (counted from 0) whose text stands at their right edge. */
  readonly right?: readonly number[];
  readonly indent?: number;
}

/** Aligned columns, two spaces apart, no spaces at the ends of lines. Cells must be safe text of one line. */
export function formatTable(rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  const all = options.head === undefined ? rows : [options.head, ...rows];
  const widths: number[] = [];
  for (const row of all) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell))));
  const indent = ' '.repeat(options.indent ?? 0);
  return all
    .map((row) => (indent + row.map((cell, column) => pad(cell, widths[column] ?? 0, options, column)).join('  ')).trimEnd())
    .join('\n');
}

function pad(cell: string, width: number, options: TableOptions, column: number): string {
  const spaces = ' '.repeat(width - displayWidth(cell));
  return options.right?.includes(column) ? spaces + cell : cell + spaces;
}

/** `text` in at most `width` columns; what is cut away shows as `…`. */
export function truncateToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const segmentWidth = displayWidth(segment);
    if (used + segmentWidth > width - 1) break;
    kept += segment;
    used += segmentWidth;
  }
  return `${kept}…`;
}
