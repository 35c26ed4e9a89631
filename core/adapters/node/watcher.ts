import type { Watcher } from '../../ports/index.ts';
import { inotifyWatcher } from './inotify-watcher.ts';
import type { InotifyWatcherOptions } from './inotify-watcher.ts';
import { parcelWatcher } from './parcel-watcher.ts';

/**
 * The watcher for this system. macOS and Windows watch whole trees themselves; there @parcel/watcher is used. Linux watches single
 * directories, and @parcel/watcher's way of making a tree of them misses what is below directories made at one go or moved in, and
 * reports changes in a renamed directory under its old name; so Linux has a watcher of its own.
 */
export function nodeWatcher(options: InotifyWatcherOptions = {}): Watcher {
  return process.platform === 'linux' ? inotifyWatcher(options) : parcelWatcher;
}
