// The desktop program's first file: what has to happen before Electron is ready, and nothing else. It is bundled as CommonJS, because
// an ES module may be loaded only after that moment; the program itself is loaded from here.
import { join } from 'node:path';
import { app, protocol } from 'electron';
import { linkScheme, readDesktopOptions } from './desktop/options.ts';
import { locateHome } from './home.ts';
import { collectYoungOften } from './memory.ts';
import { refuseOldRuntime } from './runtime-check.ts';
import { windowScheme } from './desktop/page-address.ts';

collectYoungOften();

const tooOld = refuseOldRuntime(process.versions);
// In development the program's own path comes first; a test may start it with a path and switches in any order.
const args = process.argv.slice(app.isPackaged ? 1 : 2);
const options = readDesktopOptions(args);
const home = locateHome(options.home, process.cwd());

if (tooOld !== undefined) {
  process.stderr.write(`${tooOld}\n`);
  app.exit(1);
} else {
  // Chromium's own state belongs to the device, and Electron's lock on it makes the instance of a home the only one.
  app.setPath('userData', join(home.folder, 'window'));
  app.setName('Dormouse');
  if (app.isPackaged) app.setAsDefaultProtocolClient(linkScheme);
  if (!app.requestSingleInstanceLock({ invite: options.invite ?? null })) {
    process.stderr.write(`Dormouse runs already for ${home.folder}; its window comes to the front.\n`);
    app.exit(0);
  } else {
    protocol.registerSchemesAsPrivileged([{ scheme: windowScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
    void import('./electron/desktop.ts').then(async ({ runDesktop }) => runDesktop(home, options));
  }
}
