import type { DesktopAsk, DesktopAsks } from '../../core/api/index.ts';

export type AskRequests = { readonly [A in DesktopAsk]: DesktopAsks[A]['request'] };

const textCharsMax = 16_384;

type FieldKind = 'text' | 'flag';

/** What each request must hold: no more is taken from it. */
const fieldsByAsk: { readonly [A in DesktopAsk]: Readonly<Record<keyof AskRequests[A] & string, FieldKind>> } = {
  'pick-folder': { title: 'text' },
  'open-folder': { folder: 'text' },
  'save-diagnostics': { hashNames: 'flag' },
  'copy-text': { text: 'text' },
  'open-link': { url: 'text' },
  'update-state': {},
  'check-for-updates': {},
  'install-update': {},
};

/** What a page asked for, or undefined where it is nothing that can be asked for. The page is not trusted: it may say anything. */
export function readAsk(
  what: unknown,
  request: unknown,
): { readonly what: DesktopAsk; readonly request: AskRequests[DesktopAsk] } | undefined {
  if (typeof what !== 'string' || !Object.hasOwn(fieldsByAsk, what)) return undefined;
  const ask = what as DesktopAsk;
  if (typeof request !== 'object' || request === null) return undefined;
  const read: Record<string, string | boolean> = {};
  for (const [name, kind] of Object.entries(fieldsByAsk[ask])) {
    const value: unknown = Object.hasOwn(request, name) ? (request as Record<string, unknown>)[name] : undefined;
    if (kind === 'flag' && typeof value === 'boolean') read[name] = value;
    else if (kind === 'text' && typeof value === 'string' && value.length <= textCharsMax) read[name] = value;
    else return undefined;
  }
  return { what: ask, request: read as AskRequests[DesktopAsk] };
}
