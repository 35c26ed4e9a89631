import { compareUtf8 } from '../base/index.ts';
import type { RelPath } from '../model/index.ts';
import { baseName } from '../model/index.ts';

/** What a disk can tell apart and hold, as far as names go (FLD-6). */
export interface NameRules {
  readonly caseSensitive: boolean;
  /** False where two Unicode forms of one name are one file. */
  readonly unicodeExact: boolean;
  /** Windows' rules hold. */
  readonly windowsNames: boolean;
}

/** Source: Microsoft, "Naming Files, Paths, and Namespaces". The superscript digits are reserved as well. */
const reservedName = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;
const reservedCharacter = /[\\:*?"<>|]/;

/** Why this disk cannot hold the last component of `path`, for people; undefined where it can. */
export function impossibleHere(path: RelPath, rules: NameRules): string | undefined {
  if (!rules.windowsNames) return undefined;
  const name = baseName(path);
  const character = reservedCharacter.exec(name)?.[0];
  if (character !== undefined)
    return `"${name}" contains ${character}, which names on this system cannot have; rename it on another device`;
  for (let i = 0; i < name.length; i++) {
    if (name.charCodeAt(i) < 0x20)
      return `"${name}" contains a control character, which names on this system cannot have; rename it on another device`;
  }
  if (/[. ]$/.test(name)) return `"${name}" ends in a dot or a blank, which names on this system cannot; rename it on another device`;
  if (reservedName.test(name)) return `"${name}" is a reserved name on this system; rename it on another device`;
  return undefined;
}

/** Two names that fold to the same text are one name on this disk. */
export function foldName(name: string, rules: NameRules): string {
  const form = rules.unicodeExact ? name : name.normalize('NFC');
  return rules.caseSensitive ? form : form.toLowerCase();
}

/** Whether this disk takes some different names for one. */
export function folds(rules: NameRules): boolean {
  return !rules.caseSensitive || !rules.unicodeExact;
}

/** A live sibling of a path; `here`: its bytes are on this disk. */
export interface Sibling {
  readonly path: RelPath;
  readonly here: boolean;
}

/**
 * The live path that holds the name of `path` on this disk, or undefined where `path` may have it. Of several names that fold to one,
 * that which is on the disk already keeps it, else the first in the order of their bytes.
 */
export function collidesWith(path: RelPath, siblings: readonly Sibling[], rules: NameRules): RelPath | undefined {
  if (!folds(rules)) return undefined;
  const folded = foldName(baseName(path), rules);
  const rivals = siblings.filter((sibling) => foldName(baseName(sibling.path), rules) === folded);
  const holder = rivals.reduce<Sibling | undefined>((best, rival) => (!best || holdsBefore(rival, best) ? rival : best), undefined);
  return holder === undefined || holder.path === path ? undefined : holder.path;
}

function holdsBefore(a: Sibling, b: Sibling): boolean {
  if (a.here !== b.here) return a.here;
  return compareUtf8(a.path, b.path) < 0;
}
