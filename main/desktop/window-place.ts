import { type Home, readJsonFile, writeFileAtomically } from '../home.ts';
import { join } from 'node:path';

/** A rectangle on the desktop, in its pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The size that the window opens with, and the least it may have. */
export const windowSize = { width: 1040, height: 720, widthMin: 480, heightMin: 420 } as const;

/** Part of the window that must be on a display, so that a person can take hold of it. */
const visibleMin = 80;

/** Where the window was last, if a display is still there to show it. */
export function placeOfWindow(home: Home, displays: readonly Rectangle[]): Partial<Rectangle> {
  const found = readPlace(home);
  const { width, height } = found ?? windowSize;
  const size = { width: Math.max(width, windowSize.widthMin), height: Math.max(height, windowSize.heightMin) };
  if (found === undefined || !displays.some((display) => shows(display, found))) return size;
  return { ...size, x: found.x, y: found.y };
}

export function rememberPlace(home: Home, place: Rectangle): void {
  try {
    writeFileAtomically(placeFile(home), `${JSON.stringify(place)}\n`);
  } catch {
    // The window opens in the middle next time.
  }
}

function shows(display: Rectangle, window: Rectangle): boolean {
  const across = Math.min(display.x + display.width, window.x + window.width) - Math.max(display.x, window.x);
  const isBarReachable = window.y >= display.y && window.y < display.y + display.height - visibleMin / 2;
  return across >= visibleMin && isBarReachable;
}

function readPlace(home: Home): Rectangle | undefined {
  const found = readJsonFile(placeFile(home));
  if (typeof found !== 'object' || found === null) return undefined;
  const { x, y, width, height } = found as Partial<Record<keyof Rectangle, unknown>>;
  const isSound = [x, y, width, height].every((each) => typeof each === 'number' && Number.isSafeInteger(each) && Math.abs(each) < 100_000);
  return isSound ? ({ x, y, width, height } as Rectangle) : undefined;
}

function placeFile(home: Home): string {
  return join(home.folder, 'window.json');
}
