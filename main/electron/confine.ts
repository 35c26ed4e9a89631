import type { Session, WebContents } from 'electron';
import { isWindowPage } from '../desktop/page-address.ts';

/** Denies a session everything that a page may ask the system for, and every request that leaves the page's own scheme. */
export function confineSession(session: Session, allowedScheme: string): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((request, answer) => {
    const isOwn = request.url.startsWith(`${allowedScheme}:`) || request.url.startsWith('devtools:');
    answer({ cancel: !isOwn });
  });
  session.on('will-download', (event) => event.preventDefault());
}

/** Keeps contents on their page: no navigation, no windows, no embedded contents. `onLink` gets what a page wanted to open. */
export function confineContents(contents: WebContents, onLink: (url: string) => void): void {
  const stay = (event: { preventDefault(): void; readonly url: string }): void => {
    if (!isWindowPage(event.url)) event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    onLink(url);
    return { action: 'deny' };
  });
}
