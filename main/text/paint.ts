/** Colours for a terminal, or none: each function gives its text back as it is where colours are off. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly busy: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly strong: (text: string) => string;
}

const plain = (text: string): string => text;
const coloured =
  (code: number) =>
  (text: string): string =>
    text === '' ? '' : `\u001b[${code}m${text}\u001b[0m`;

export const noPaint: Paint = { good: plain, busy: plain, bad: plain, faint: plain, strong: plain };
export const colourPaint: Paint = { good: coloured(32), busy: coloured(33), bad: coloured(31), faint: coloured(2), strong: coloured(1) };

/** Colours only on a terminal that is not a dumb one, and never where `NO_COLOR` is set to anything (https://no-color.org). */
export function choosePaint(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Paint {
  const isWanted = isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return isWanted ? colourPaint : noPaint;
}
