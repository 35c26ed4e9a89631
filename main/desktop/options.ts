import { parseArgs } from 'node:util';
import type { KeyPlace } from '../keys.ts';

/** How the desktop program was started. */
export interface DesktopOptions {
  /** State folder of the device; undefined: the platform's. */
  readonly home: string | undefined;
  readonly name: string | undefined;
  readonly keys: KeyPlace | undefined;
  readonly listen: readonly string[];
  readonly discovery: boolean;
  /** Start in the tray without a window, as at login. */
  readonly hidden: boolean;
  /** The invite of a `dormouse:` link that the program was opened with. */
  readonly invite: string | undefined;
}

export const linkScheme = 'dormouse';
/** Longer than any invite is; a longer link is not worth reading. */
const linkCharsMax = 4_096;

/**
 * Reads the arguments after the program's own. The runtime has switches of its own among them (`--no-sandbox`, …), and a link may come
 * from anywhere: what is not known is left alone.
 */
export function readDesktopOptions(args: readonly string[]): DesktopOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      home: { type: 'string' },
      name: { type: 'string' },
      keys: { type: 'string' },
      listen: { type: 'string', multiple: true },
      'no-discovery': { type: 'boolean' },
      hidden: { type: 'boolean' },
    },
    strict: false,
    allowPositionals: true,
  });
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
  const keys = text(values['keys']);
  return {
    home: text(values['home']),
    name: text(values['name']),
    keys: keys === 'os' || keys === 'file' ? keys : undefined,
    listen: (Array.isArray(values['listen']) ? values['listen'] : []).filter((each) => typeof each === 'string'),
    discovery: values['no-discovery'] !== true,
    hidden: values['hidden'] === true,
    invite: positionals.map(inviteOfLink).find((invite) => invite !== undefined),
  };
}

/** The invite in a `dormouse:` link, as it came; the pairing dialog is filled with it and the core judges it (chapter 10). */
export function inviteOfLink(link: string): string | undefined {
  if (link.length > linkCharsMax || !link.toLowerCase().startsWith(`${linkScheme}:`)) return undefined;
  return link;
}
