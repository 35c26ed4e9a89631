import { join } from 'node:path';
import { Menu, type MenuItemConstructorOptions, Tray, nativeImage, nativeTheme } from 'electron';
import type { TrayAction, TrayItem } from '../desktop/tray-menu.ts';
import type { TrayState } from '../desktop/tray-state.ts';

export interface TrayContent {
  readonly state: TrayState;
  readonly tooltip: string;
  readonly items: readonly TrayItem[];
}

/** The tray's icon with its menu: shows what it is given, and changes only what is different. */
export class TrayIcon {
  readonly #tray: Tray;
  readonly #folder: string;
  #onAction: (action: TrayAction) => void;
  #content: TrayContent;
  #shownMenu = '';
  #shownState = '';
  #shownTooltip = '';

  constructor(folder: string, content: TrayContent, onAction: (action: TrayAction) => void) {
    this.#folder = folder;
    this.#onAction = onAction;
    this.#content = content;
    this.#tray = new Tray(this.#image(content.state));
    this.#tray.on('click', () => onAction({ kind: 'open', target: { view: 'folders' } }));
    nativeTheme.on('updated', () => this.#show());
    this.#show();
  }

  /** What is chosen from now on goes to `onAction`. */
  handOver(onAction: (action: TrayAction) => void): void {
    this.#onAction = onAction;
  }

  update(content: TrayContent): void {
    this.#content = content;
    this.#show();
  }

  destroy(): void {
    this.#tray.destroy();
  }

  #show(): void {
    const { state, tooltip, items } = this.#content;
    const look = `${state} ${panelLook()}`;
    if (look !== this.#shownState) {
      this.#shownState = look;
      this.#tray.setImage(this.#image(state));
    }
    if (tooltip !== this.#shownTooltip) {
      this.#shownTooltip = tooltip;
      this.#tray.setToolTip(tooltip);
    }
    const menu = JSON.stringify(items);
    if (menu === this.#shownMenu) return;
    this.#shownMenu = menu;
    this.#tray.setContextMenu(Menu.buildFromTemplate(items.map((item) => this.#menuItem(item))));
  }

  #menuItem(item: TrayItem): MenuItemConstructorOptions {
    switch (item.kind) {
      case 'separator':
        return { type: 'separator' };
      case 'note':
        return { label: escapeLabel(item.label), enabled: false };
      case 'submenu':
        return { label: escapeLabel(item.label), submenu: item.items.map((each) => this.#menuItem(each)) };
      case 'item':
        return { label: escapeLabel(item.label), click: () => this.#onAction(item.action) };
    }
  }

  /** On macOS a template, which the system colours; elsewhere drawn for a dark or a light panel. `@2x` beside it is found by name. */
  #image(state: TrayState): Electron.NativeImage {
    const image = nativeImage.createFromPath(join(this.#folder, trayImageName(state)));
    if (process.platform === 'darwin') image.setTemplateImage(true);
    return image;
  }
}

function panelLook(): 'template' | 'dark' | 'light' {
  if (process.platform === 'darwin') return 'template';
  return nativeTheme.shouldUseDarkColors ? 'dark' : 'light';
}

function trayImageName(state: TrayState): string {
  return `${state}-${panelLook()}.png`;
}

/** An ampersand in a name is no mark of a key. */
function escapeLabel(label: string): string {
  return label.replaceAll('&', '&&');
}
