import { join, relative, sep } from 'node:path';
import { privateDirectoryName } from '../../model/index.ts';
import type { Watcher } from '../../ports/index.ts';

/** The watcher of systems that watch whole trees: FSEvents and ReadDirectoryChangesW. It merges events itself (50 ms). */
export const parcelWatcher: Watcher = {
  watch: async (root, onEvent) => {
    // Loaded here, so that a system that does not need it does not load native code for it.
    const { subscribe } = await import('@parcel/watcher');
    let stopped = false;
    const subscription = await subscribe(
      root,
      (error, events) => {
        if (stopped) return;
        if (error)
          return onEvent({
            kind: 'lost',
            reason: 'overflow',
            text: `Changes in ${root} came faster than they could be read: ${error.message}`,
          });
        const paths = new Set(events.map(({ path }) => relative(root, path).split(sep).join('/')));
        const reported = [...paths].filter((path) => path !== privateDirectoryName && !path.startsWith(`${privateDirectoryName}/`));
        if (reported.length > 0) onEvent({ kind: 'changed', paths: reported });
      },
      { ignore: [join(root, privateDirectoryName)] },
    );
    return {
      complete: true,
      stop: async () => {
        if (stopped) return;
        stopped = true;
        await subscription.unsubscribe();
      },
    };
  },
};
