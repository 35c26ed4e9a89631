// Runs beside the page in the sandbox: gives it the one bridge to the program, and nothing of Electron itself.
import { contextBridge, ipcRenderer } from 'electron';
import type { ApiEvent } from '../core/api/events.ts';
import type { DesktopAsk, DesktopAsks, WindowBridge, WindowReply, WindowTarget } from '../core/api/window-bridge.ts';
import { windowChannels } from '../core/api/window-bridge.ts';

/** The newest target that the page has not taken: it may come before the page listens. */
let waiting: WindowTarget | undefined;
let go: ((target: WindowTarget) => void) | undefined;

ipcRenderer.on(windowChannels.go, (_event, target: WindowTarget) => {
  if (go === undefined) waiting = target;
  else go(target);
});

const programVersion = process.argv.find((word) => word.startsWith('--dormouse-version='))?.split('=')[1] ?? '';

const bridge: WindowBridge = {
  platform: process.platform,
  versions: {
    program: programVersion,
    electron: process.versions.electron,
    chrome: process.versions.chrome,
    node: process.versions.node,
  },
  call: (verb, request) => ipcRenderer.invoke(windowChannels.call, verb, request) as Promise<WindowReply>,
  ask: <A extends DesktopAsk>(what: A, request: DesktopAsks[A]['request']) =>
    ipcRenderer.invoke(windowChannels.ask, what, request) as Promise<DesktopAsks[A]['reply']>,
  onEvents: (listener) => {
    const hear = (_event: unknown, events: readonly ApiEvent[]): void => listener(events);
    ipcRenderer.on(windowChannels.events, hear);
    return () => ipcRenderer.removeListener(windowChannels.events, hear);
  },
  onGo: (listener) => {
    go = listener;
    if (waiting !== undefined) listener(waiting);
    waiting = undefined;
    return () => (go = undefined);
  },
};

contextBridge.exposeInMainWorld('dormouse', bridge);
