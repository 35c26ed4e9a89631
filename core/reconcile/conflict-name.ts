import { isoFromWallMs, utf8 } from '../base/index.ts';
import type { DeviceId, RelPath, Snap } from '../model/index.ts';
import { baseName, childPath, limits, parentPath, shortDeviceId } from '../model/index.ts';

/** The losing version that a conflict copy is named after. */
export interface Loser {
  readonly snap: Snap;
  readonly author: DeviceId;
}

/** Longest extension, in bytes with its dot, that is kept behind the marker; what is longer is no extension. */
const extensionBytesMax = 32;
const attemptsMax = 1000;
const firstStampMs = -62_167_219_200_000;
const lastStampMs = 253_402_300_799_000;

/**
 * Where the losing version of `path` is kept (FLD-3): `name (conflict DEVICE YYYY-MM-DD HHMMSS).ext`. Every device derives the same name
 * from the same loser. `taken` tells whether a path is in use for *other* content; then a number made from the loser's content is added.
 */
export function conflictName(path: RelPath, loser: Loser, taken: (candidate: RelPath) => boolean): RelPath {
  for (const candidate of conflictNames(path, loser)) if (!taken(candidate)) return candidate;
  return conflictNameAt(path, loser, attemptsMax);
}

/** The candidates of {@link conflictName} in their order, for callers that find out asynchronously what is taken. Bounded. */
export function* conflictNames(path: RelPath, loser: Loser): Generator<RelPath> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) yield conflictNameAt(path, loser, attempt);
}

function conflictNameAt(path: RelPath, { snap, author }: Loser, attempt: number): RelPath {
  const name = baseName(path);
  const { stem, extension } = splitName(name);
  const time = snap.kind === 'file' || snap.kind === 'removed' ? ` ${utcStamp(snap.mtimeMs)}` : '';
  const suffix = attempt === 0 ? '' : ` ${contentTag(snap)}${attempt === 1 ? '' : `-${attempt}`}`;
  const tail = ` (conflict ${shortDeviceId(author)}${time}${suffix})${extension}`;
  const parent = parentPath(path);
  const pathRoom = limits.pathBytesMax - utf8(parent).length - 1;
  const room = Math.min(limits.pathComponentBytesMax, pathRoom) - utf8(tail).length;
  return childPath(parent, shortened(stem, Math.max(1, room)) + tail);
}

/** A leading dot belongs to the stem; an extension has no blank in it. */
function splitName(name: string): { readonly stem: string; readonly extension: string } {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot) : '';
  if (extension.length < 2 || extension.includes(' ') || utf8(extension).length > extensionBytesMax) return { stem: name, extension: '' };
  return { stem: name.slice(0, dot), extension };
}

/** The longest beginning of `text` that has at most `bytesMax` bytes, cut between characters as people see them. */
function shortened(text: string, bytesMax: number): string {
  if (utf8(text).length <= bytesMax) return text;
  let kept = '';
  let bytes = 0;
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)) {
    bytes += utf8(segment).length;
    if (bytes > bytesMax) break;
    kept += segment;
  }
  return kept === '' ? '_' : kept;
}

/** `YYYY-MM-DD HHMMSS` in UTC; instants outside of the years 0000 to 9999 count as the nearest inside. */
export function utcStamp(ms: number): string {
  const iso = isoFromWallMs(Math.min(Math.max(ms, firstStampMs), lastStampMs));
  return `${iso.slice(0, 10)} ${iso.slice(11, 19).replaceAll(':', '')}`;
}

/** Eight hex digits that tell contents apart within one name: FNV-1a over what names the content. No security rests on it. */
function contentTag(snap: Snap): string {
  let hash = 0x811c9dc5;
  for (const part of contentParts(snap)) {
    for (let i = 0; i < part.length; i++) hash = Math.imul(hash ^ part.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function contentParts(snap: Snap): readonly string[] {
  switch (snap.kind) {
    case 'file':
      return snap.blocks.kind === 'paged' ? [snap.blocks.root] : snap.blocks.blocks.map((block) => block.name);
    case 'link':
      return ['link', snap.target];
    case 'directory':
    case 'removed':
      return [snap.kind];
    case 'unknown':
      return [snap.tag];
  }
}
