import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { trayStates } from '../desktop/tray-state.ts';
import { projectFolder } from '../version.ts';

/** What the tray shows. */
export interface SeenTray {
  /** The state whose icon it is; undefined as long as it is none of them. */
  readonly state: string | undefined;
  readonly tooltip: string;
  /** The labels of the menu, without its lines. */
  readonly labels: readonly string[];
}

const triesMax = 50;
const iconFolder = join(projectFolder, 'build', 'icons', 'tray');

type ElectronModule = typeof Electron.CrossProcessExports;

/** What is kept in the program itself: a tray cannot be asked what it shows, so what it is told is written down. */
interface Witness {
  /** PNG of the icon at 1x, as base64. */
  icon: string;
  tooltip: string;
  menu: Electron.Menu | undefined;
  /** How often something was chosen. */
  chosen: number;
}
declare global {
  var trayWitness: Witness | undefined;
}

/** Sees from now on what the program's tray is told. */
export async function watchTray(app: ElectronApplication): Promise<void> {
  await untilAnswered(async () => app.evaluate(watch));
}

function watch({ Tray }: ElectronModule): void {
  if (globalThis.trayWitness !== undefined) return;
  const witness: Witness = { icon: '', tooltip: '', menu: undefined, chosen: 0 };
  globalThis.trayWitness = witness;
  const noteBefore = (method: 'setImage' | 'setToolTip' | 'setContextMenu', note: (value: unknown) => void): void => {
    const own = Reflect.get(Tray.prototype, method) as (value: unknown) => void;
    Reflect.set(Tray.prototype, method, function (this: Electron.Tray, value: unknown) {
      note(value);
      Reflect.apply(own, this, [value]);
    });
  };
  noteBefore('setImage', (image) => (witness.icon = (image as Electron.NativeImage).toPNG().toString('base64')));
  noteBefore('setToolTip', (text) => (witness.tooltip = text as string));
  noteBefore('setContextMenu', (menu) => (witness.menu = menu as Electron.Menu));
}

export async function seeTray(app: ElectronApplication): Promise<SeenTray> {
  return untilAnswered(async () => app.evaluate(see, { folder: iconFolder, states: [...trayStates] }));
}

function see({ nativeImage }: ElectronModule, { folder, states }: { folder: string; states: string[] }): SeenTray {
  const { icon, tooltip, menu } = globalThis.trayWitness ?? { icon: '', tooltip: '', menu: undefined };
  const isShown = (state: string): boolean =>
    ['dark', 'light'].some((look) => nativeImage.createFromPath(`${folder}/${state}-${look}.png`).toPNG().toString('base64') === icon);
  const labels = (menu?.items ?? []).filter(({ type }) => type !== 'separator').map(({ label }) => label);
  return { state: icon === '' ? undefined : states.find(isShown), tooltip, labels };
}

/** Chooses an item of the tray's menu, as a click does. */
export async function chooseInTray(app: ElectronApplication, label: string): Promise<void> {
  const before = await untilAnswered(async () => app.evaluate(() => globalThis.trayWitness?.chosen ?? 0));
  const isThere = await untilAnswered(async () => app.evaluate(choose, { label, before }));
  if (!isThere) throw new Error(`The tray has no "${label}"`);
}

function choose(_electron: ElectronModule, { label, before }: { label: string; before: number }): boolean {
  const witness = globalThis.trayWitness;
  // An answer that was lost is asked for again; what was chosen is not chosen twice.
  if (witness !== undefined && witness.chosen > before) return true;
  const item = witness?.menu?.items.find((each) => each.label === label);
  if (witness === undefined || item === undefined) return false;
  witness.chosen += 1;
  item.click();
  return true;
}

/** The debugger loses an answer to a collection of young garbage, which this program does often; it is asked for again. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries >= triesMax || !String(error).includes('was garbage collected')) throw error;
    }
  }
}
