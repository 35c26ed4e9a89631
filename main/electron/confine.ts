import { type Session, type WebContents, shell } from 'electron';
import { isExternalPage, isWindowPage } from '../desktop/page-address.ts';

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

/** Keeps contents on their page: no navigation, no windows, no embedded contents. The project's own pages open in the browser. */
export function confineContents(contents: WebContents): void {
  const stay = (event: { preventDefault(): void; readonly url: string }): void => {
    if (!isWindowPage(event.url)) event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    void openExternalPage(url);
    return { action: 'deny' };
  });
}

/** Opens one of the project's pages in the person's browser; false, and nothing happens, for any other address. */
export async function openExternalPage(url: string): Promise<boolean> {
  if (!isExternalPage(url)) return false;
  await shell.openExternal(url);
  return true;
}
