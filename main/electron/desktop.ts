import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, dialog, ipcMain, protocol, session } from 'electron';
import { deferred } from '../../core/base/index.ts';
import { noteCrash } from '../crash-report.ts';
import { type DesktopOptions, inviteOfLink } from '../desktop/options.ts';
import { windowScheme } from '../desktop/page-address.ts';
import type { Home } from '../home.ts';
import type { Shell } from '../shell.ts';
import { projectFolder } from '../version.ts';
import { type BridgeServices, serveBridge } from './bridge-host.ts';
import { confineContents, confineSession } from './confine.ts';
import { MainWindow } from './main-window.ts';
import { servePage } from './page-source.ts';
import { Starting } from './starting.ts';

/** Folder of the bundles. */
const out = dirname(fileURLToPath(import.meta.url));
const icons = join(projectFolder, 'build', 'icons');

/** The desktop program after the very first steps: runs until it is quit. The window comes first, and loads while the agent starts. */
export async function runDesktop(home: Home, options: DesktopOptions): Promise<void> {
  let shell: Shell | undefined;
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => {
      const report = noteCrash(home, shell, event, error);
      dialog.showErrorBox(
        'Dormouse has failed',
        `This is a fault of its own; nothing that was synced is lost. The report is in ${report}.`,
      );
      app.exit(1);
    });
  }
  app.on('window-all-closed', () => undefined);
  app.on('web-contents-created', (_event, contents) => confineContents(contents));
  await app.whenReady();
  confineSession(session.defaultSession, windowScheme);
  servePage(protocol, join(out, 'renderer'));
  const window = new MainWindow({ home, out, icon: join(icons, 'icon.png') });
  const services = deferred<BridgeServices>();
  serveBridge(ipcMain, () => window.contents, services.promise);
  openWindow(window, options);
  const starting = new Starting(join(icons, 'tray'), window);

  // The larger part of the program, so it is loaded only now.
  const { startAgentDesktop } = await import('./agent-desktop.ts');
  const started = await startAgentDesktop(home, options, starting, window, icons);
  if (!started.ok) return starting.fail(started.error.text);
  if (started.value === undefined) return;
  shell = started.value.shell;
  services.resolve(started.value.services);
}

/** Shows the window as the program was started, and from then on as further starts and links want it. */
function openWindow(window: MainWindow, { hidden, invite }: DesktopOptions): void {
  // A link only fills the dialog: pairing is a person's deed (chapter 10).
  const openInvite = (found: string): void => window.show({ view: 'pair', invite: found });
  app.on('second-instance', (_event, _argv, _folder, data: unknown) => {
    const told = typeof data === 'object' && data !== null && 'invite' in data ? data.invite : undefined;
    const link = typeof told === 'string' ? inviteOfLink(told) : undefined;
    if (link === undefined) window.show();
    else openInvite(link);
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    const link = inviteOfLink(url);
    if (link !== undefined) openInvite(link);
  });
  app.on('activate', () => window.show());
  app.on('before-quit', () => window.quitting());
  if (invite !== undefined) openInvite(invite);
  else if (!hidden) window.show();
}
