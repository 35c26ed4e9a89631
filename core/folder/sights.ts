import type { RelPath } from '../model/index.ts';
import { parentPath, rootPath } from '../model/index.ts';
import type { FolderContext } from './context.ts';

/** Directories that are remembered. */
const directoriesMax = 4096;

/** What has a name on the disk: nothing, something, or it cannot be told. */
export type Sight = 'gone' | 'there' | 'unknown';

/**
 * Looks whether paths are gone. What is in a directory that is gone costs no look of its own: each directory is looked at once. For questions
 * that belong together and to one short moment.
 */
export class Sights {
  readonly #context: FolderContext;
  readonly #directories = new Map<RelPath, Promise<Sight>>();

  constructor(context: FolderContext) {
    this.#context = context;
  }

  async of(path: RelPath): Promise<Sight> {
    const parent = parentPath(path);
    if (parent !== rootPath && (await this.#ofDirectory(parent)) === 'gone') return 'gone';
    const stat = await this.#context.disk.stat(path);
    if (!stat.ok) return 'unknown';
    return stat.value ? 'there' : 'gone';
  }

  #ofDirectory(directory: RelPath): Promise<Sight> {
    const known = this.#directories.get(directory);
    if (known) return known;
    if (this.#directories.size >= directoriesMax) this.#directories.clear();
    const sight = this.of(directory);
    this.#directories.set(directory, sight);
    return sight;
  }
}
