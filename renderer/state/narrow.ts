import { useSyncExternalStore } from 'react';

/** Below this width the navigation is a bar at the bottom; the same as in the style sheets. */
const narrow = '(max-width: 719px)';

export function useIsNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => matchMedia(narrow).matches);
}

function subscribe(listener: () => void): () => void {
  const query = matchMedia(narrow);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}
