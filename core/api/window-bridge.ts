import type { ApiError } from './errors.ts';
import type { ApiEvent } from './events.ts';
import type { ApiVerb } from './verbs.ts';

/** The two ways between the window's page and the program around it, by name. Requests go to `call` and `ask`, events come by `events`. */
export const windowChannels = { call: 'dormouse:call', ask: 'dormouse:ask', events: 'dormouse:events', go: 'dormouse:go' } as const;

/** What an API call of the window is answered with. */
export type WindowReply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: ApiError };

/** What a page cannot do by itself and asks the program for. Every request is checked before it is done. */
export interface DesktopAsks {
  /** Lets the person choose a folder; null where none was chosen. */
  readonly 'pick-folder': { readonly request: { readonly title: string }; readonly reply: string | null };
  /** Opens a synced folder in the system's file manager. */
  readonly 'open-folder': { readonly request: { readonly folder: string }; readonly reply: boolean };
  /** Shows where the archive of INC-2 was saved; null where the person chose no place. */
  readonly 'save-diagnostics': { readonly request: { readonly hashNames: boolean }; readonly reply: string | null };
  readonly 'copy-text': { readonly request: { readonly text: string }; readonly reply: boolean };
  /** Opens a page of the project in the browser; false for any other address. */
  readonly 'open-link': { readonly request: { readonly url: string }; readonly reply: boolean };
  readonly 'update-state': { readonly request: Record<string, never>; readonly reply: UpdateState };
  readonly 'check-for-updates': { readonly request: Record<string, never>; readonly reply: UpdateState };
  /** Restarts into the update that is ready; false where there is none. */
  readonly 'install-update': { readonly request: Record<string, never>; readonly reply: boolean };
}
export type DesktopAsk = keyof DesktopAsks;

/** Where the program stands with its own update. */
export type UpdateState =
  | { readonly kind: 'idle'; readonly checkedAt: string | null }
  | { readonly kind: 'checking' }
  | { readonly kind: 'downloading'; readonly version: string; readonly percent: number }
  /** Downloaded and verified; `waitsFor` says why it is not offered at once (a recovery under way, low battery). */
  | { readonly kind: 'ready'; readonly version: string; readonly waitsFor: string | null }
  | { readonly kind: 'failed'; readonly text: string }
  /** This installation does not update itself, and why. */
  | { readonly kind: 'off'; readonly text: string };

/** Views that the tray, a notification or a link can lead to. */
export const windowViews = ['folders', 'devices', 'activity', 'attention', 'settings', 'pair'] as const;
export type WindowView = (typeof windowViews)[number];

/** Where the page should go; `invite` fills the pairing dialog and does nothing else. */
export interface WindowTarget {
  readonly view: WindowView;
  readonly invite?: string;
}

/** What the preload script gives the page as `window.dormouse`. */
export interface WindowBridge {
  readonly platform: string;
  readonly versions: { readonly program: string; readonly electron: string; readonly chrome: string; readonly node: string };
  call(verb: ApiVerb, request: unknown): Promise<WindowReply>;
  ask<A extends DesktopAsk>(what: A, request: DesktopAsks[A]['request']): Promise<DesktopAsks[A]['reply']>;
  /** Events in the order in which they happened, several at a time. The returned function stops it. */
  onEvents(listener: (events: readonly ApiEvent[]) => void): () => void;
  /** The page should show something: the newest target not yet taken is given at once. */
  onGo(listener: (target: WindowTarget) => void): () => void;
}
