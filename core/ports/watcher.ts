/** What a watcher saw. `lost`: events were dropped or the watcher cannot see (all of) the tree; scan everything. */
export type WatchEvent =
  | { readonly kind: 'changed'; /** Below the root, `/`-joined. */ readonly paths: readonly string[] }
  | { readonly kind: 'lost'; readonly reason: 'overflow' | 'limit' | 'error'; readonly text: string };

/** A running watch. */
export interface Watch {
  /** False while the system's limit on watches keeps part of the tree unseen: only scans find changes there. */
  readonly complete: boolean;
  stop(): Promise<void>;
}

/**
 * Notices changes below a root soon after they happen. A hint, never the only source: events may be late, merged, repeated or
 * `lost`. A path that is a directory stands for everything below it. Changes below `.dormouse` are not reported.
 */
export interface Watcher {
  watch(root: string, onEvent: (event: WatchEvent) => void): Promise<Watch>;
}
