import { join } from 'node:path';
import { BrowserWindow, nativeTheme, screen } from 'electron';
import { type WindowTarget, windowChannels } from '../../core/api/index.ts';
import { windowPage } from '../desktop/page-address.ts';
import { placeOfWindow, rememberPlace, windowSize } from '../desktop/window-place.ts';
import type { Home } from '../home.ts';
import { programVersion } from '../version.ts';

export interface MainWindowOptions {
  readonly home: Home;
  /** Folder of the bundles. */
  readonly out: string;
  readonly icon: string;
}

/** The one window: made when first shown, hidden when closed, so that it is back at once. */
export class MainWindow {
  readonly #options: MainWindowOptions;
  #window: BrowserWindow | undefined;
  #isQuitting = false;

  constructor(options: MainWindowOptions) {
    this.#options = options;
  }

  get contents(): Electron.WebContents | undefined {
    return this.#window?.isDestroyed() === false ? this.#window.webContents : undefined;
  }

  /** Brings the window to the front, and the page to `target` where one is given. */
  show(target?: WindowTarget): void {
    const window = (this.#window ??= this.#create());
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    if (target === undefined) return;
    if (window.webContents.isLoading())
      window.webContents.once('did-finish-load', () => window.webContents.send(windowChannels.go, target));
    else window.webContents.send(windowChannels.go, target);
  }

  /** From here on closing the window really closes it. */
  quitting(): void {
    this.#isQuitting = true;
  }

  #create(): BrowserWindow {
    const { home, out, icon } = this.#options;
    const window = new BrowserWindow({
      ...placeOfWindow(
        home,
        screen.getAllDisplays().map((display) => display.workArea),
      ),
      minWidth: windowSize.widthMin,
      minHeight: windowSize.heightMin,
      title: 'Dormouse',
      icon,
      show: false,
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#1c1c1e' : '#ffffff',
      webPreferences: {
        preload: join(out, 'preload.cjs'),
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
        enableWebSQL: false,
        additionalArguments: [`--dormouse-version=${programVersion}`],
      },
    });
    window.on('close', (event) => {
      rememberPlace(home, window.getNormalBounds());
      if (this.#isQuitting) return;
      event.preventDefault();
      window.hide();
    });
    window.on('closed', () => (this.#window = undefined));
    void window.loadURL(windowPage);
    return window;
  }
}
