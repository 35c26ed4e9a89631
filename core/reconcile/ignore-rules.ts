import ignore from 'ignore';
import type { RelPath } from '../model/index.ts';
import { privateDirectoryName } from '../model/index.ts';

/** Name of the file in a folder's root that holds its ignore rules; synced like any other (FLD-9). */
export const ignoreFileName = '.dormouseignore';

/** Bytes of rules that are read; the rest of a longer file does not count. */
export const ignoreFileBytesMax = 64 * 1024;

/**
 * What operating systems leave in people's directories. Ignored everywhere, and thrown away together with a directory that a peer has
 * removed (FLD-4). A rule of the folder can un-ignore one by `!name`.
 */
export const litterPatterns: readonly string[] = [
  '.DS_Store',
  '._*',
  '.AppleDouble',
  '.LSOverride',
  '.Spotlight-V100',
  '.Trashes',
  '.fseventsd',
  '.TemporaryItems',
  '.DocumentRevisions-V100',
  '.VolumeIcon.icns',
  'Icon\r',
  'Thumbs.db',
  'Thumbs.db:encryptable',
  'ehthumbs.db',
  'ehthumbs_vista.db',
  '[Dd]esktop.ini',
  '$RECYCLE.BIN/',
  'System Volume Information/',
  '.Trash-*',
  '.nfs*',
  '.fuse_hidden*',
];

/** Answers are cached by the library per path; a new matcher after this many keeps memory bounded. */
const answersPerMatcher = 20_000;

/** A folder's ignore rules as a value. The same text gives the same answers on every device: rules are case-sensitive everywhere. */
export interface IgnoreRules {
  /** The text of the folder's own rules. */
  readonly text: string;
  ignores(path: RelPath, isDirectory: boolean): boolean;
  /** Ignored because it is litter of an operating system, by no rule of the folder. */
  isLitter(path: RelPath, isDirectory: boolean): boolean;
}

/** Rules from the content of `.dormouseignore` (gitignore syntax, for the whole tree). The rules' own file is never ignored. */
export function ignoreRules(text: string): IgnoreRules {
  let matcher = newMatcher(text);
  let answers = 0;
  const test = (path: RelPath, isDirectory: boolean): ReturnType<typeof matcher.test> => {
    if (answers++ >= answersPerMatcher) {
      matcher = newMatcher(text);
      answers = 1;
    }
    return matcher.test(isDirectory ? `${path}/` : path);
  };
  const isPrivate = (path: RelPath): boolean => path === privateDirectoryName || path.startsWith(`${privateDirectoryName}/`);
  return {
    text,
    ignores: (path, isDirectory) => isPrivate(path) || (path !== ignoreFileName && test(path, isDirectory).ignored),
    isLitter: (path, isDirectory) => !isPrivate(path) && path !== ignoreFileName && test(path, isDirectory).rule?.mark === 'litter',
  };
}

/** Only the built-in rules. */
export const builtInIgnoreRules: IgnoreRules = ignoreRules('');

function newMatcher(text: string): ReturnType<typeof ignore> {
  const matcher = ignore({ ignorecase: false, allowRelativePaths: true });
  matcher.add(litterPatterns.map((pattern) => ({ pattern, mark: 'litter' })));
  return matcher.add(text.replace(/^\uFEFF/, ''));
}
