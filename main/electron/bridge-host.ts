import { type IpcMain, type IpcMainInvokeEvent, type WebContents, clipboard, dialog, shell } from 'electron';
import {
  type ApiEvent,
  type ApiService,
  type DesktopAsk,
  type UpdateState,
  type WindowReply,
  apiError,
  isApiVerb,
  windowChannels,
} from '../../core/api/index.ts';
import { parseApiRequest } from '../api-request.ts';
import { type AskRequests, readAsk } from '../desktop/asks.ts';
import { isWindowPage } from '../desktop/page-address.ts';
import { openExternalPage } from './confine.ts';

/** What the window can have done for it. */
export interface BridgeServices {
  readonly service: ApiService;
  readonly saveDiagnostics: (path: string, hashNames: boolean) => Promise<boolean>;
  readonly update: { state(): UpdateState; check(): Promise<UpdateState>; install(): boolean };
}

/** The window sees what happened at most this often; the events themselves are all there. */
const eventsEveryMs = 250;
/** Beyond this a window that does not read loses the oldest, and sees it by the gap in their numbers. */
const eventsHeldMax = 1_000;

/**
 * Answers the page: every call is checked for who sends it and what it holds. The page may be there before the agent is; its calls then wait
 * for `services`.
 */
export function serveBridge(ipc: IpcMain, window: () => WebContents | undefined, services: Promise<BridgeServices>): void {
  ipc.handle(windowChannels.call, async (event, verb: unknown, request: unknown): Promise<WindowReply> => {
    if (!isOwnPage(event, window())) return { ok: false, error: apiError('unauthorized', 'Only the window may call the agent.') };
    if (typeof verb !== 'string' || !isApiVerb(verb)) return { ok: false, error: apiError('unknown-verb', 'There is no such call.') };
    const parsed = parseApiRequest(verb, request);
    if (!parsed.ok) return parsed;
    return (await services).service.call(verb, parsed.value);
  });
  ipc.handle(windowChannels.ask, async (event, what: unknown, request: unknown) => {
    if (!isOwnPage(event, window())) throw new Error('Only the window may ask.');
    const ask = readAsk(what, request);
    if (ask === undefined) throw new Error('There is nothing of that name to ask for, or the request is not valid.');
    return answer(ask.what, ask.request, await services);
  });
  void services.then(({ service }) => forwardEvents(service, window));
}

/** The top frame of our window, showing our page. */
function isOwnPage(event: IpcMainInvokeEvent, window: WebContents | undefined): boolean {
  const frame = event.senderFrame;
  return window !== undefined && event.sender === window && frame !== null && frame === window.mainFrame && isWindowPage(frame.url);
}

async function answer<A extends DesktopAsk>(what: A, request: AskRequests[A], services: BridgeServices): Promise<unknown> {
  const asks: { readonly [K in DesktopAsk]: (request: AskRequests[K]) => unknown } = {
    'pick-folder': async ({ title }) => {
      const chosen = await dialog.showOpenDialog({ title, properties: ['openDirectory', 'createDirectory'] });
      return chosen.canceled ? null : (chosen.filePaths[0] ?? null);
    },
    'open-folder': async ({ folder }) => {
      const listed = await services.service.call('folder.list', {});
      const found = listed.ok ? listed.value.folders.find(({ id }) => id === folder) : undefined;
      return found !== undefined && (await shell.openPath(found.path)) === '';
    },
    'save-diagnostics': async ({ hashNames }) => {
      const chosen = await dialog.showSaveDialog({ title: 'Save diagnostics', defaultPath: 'dormouse-diagnostics.tar.gz' });
      if (chosen.canceled || chosen.filePath === '') return null;
      return (await services.saveDiagnostics(chosen.filePath, hashNames)) ? chosen.filePath : null;
    },
    'copy-text': async ({ text }) => {
      await clipboard.writeText(text);
      return true;
    },
    'open-link': ({ url }) => openExternalPage(url),
    'update-state': () => services.update.state(),
    'check-for-updates': () => services.update.check(),
    'install-update': () => services.update.install(),
  };
  return asks[what](request);
}

/** No timer runs while nothing happens: an idle program is not woken. */
function forwardEvents(service: ApiService, window: () => WebContents | undefined): void {
  let held: ApiEvent[] = [];
  let timer: NodeJS.Timeout | undefined;
  const forward = (): void => {
    timer = undefined;
    const contents = window();
    if (contents === undefined || contents.isDestroyed()) return;
    contents.send(windowChannels.events, held);
    held = [];
  };
  service.onEvent((event) => {
    held.push(event);
    if (held.length > eventsHeldMax) held = held.slice(-eventsHeldMax);
    timer ??= setTimeout(forward, eventsEveryMs);
  });
}
