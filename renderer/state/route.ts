import { useSyncExternalStore } from 'react';
import { type WindowTarget, type WindowView, windowViews } from '../../core/api/index.ts';

/** What is shown: a view, and within folders and devices one of them by its id. */
export interface Route {
  readonly view: WindowView;
  readonly id: string | undefined;
}

/** The route that a location's hash names: `#/folders`, `#/folders/ID`. Anything else is the list of folders. */
export function routeFromHash(hash: string): Route {
  const [view, id] = hash.replace(/^#\/?/, '').split('/');
  const known = windowViews.find((each) => each === view);
  if (known === undefined) return { view: 'folders', id: undefined };
  return { view: known, id: id === undefined || id === '' ? undefined : decodeURIComponent(id) };
}

export function hashOf(view: WindowView, id?: string): string {
  return id === undefined ? `#/${view}` : `#/${view}/${encodeURIComponent(id)}`;
}

/** Goes to a view, as a link would. */
export function goTo(view: WindowView, id?: string): void {
  location.hash = hashOf(view, id);
}

/** An invite that came with a link; the pairing dialog takes it once, and does nothing by itself. */
let invite: string | undefined;

export function takeInvite(): string | undefined {
  const taken = invite;
  invite = undefined;
  return taken;
}

/** Follows a target that the tray, a notification or a link gave. */
export function goToTarget(target: WindowTarget): void {
  invite = target.invite;
  goTo(target.view);
}

export function useRoute(): Route {
  return routeFromHash(useSyncExternalStore(onHashChange, () => location.hash));
}

function onHashChange(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
