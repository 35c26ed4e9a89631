import { utf8 } from '../../base/index.ts';
import type { Inode, Prng, Scheduler, SimDisk, SimUser, WalkedObject } from '../sim/index.ts';
import { DiskFault, editorDraftSuffix, worldStartWallMs } from '../sim/index.ts';
import type { Ledger } from './ledger.ts';
import { isUserPath } from './ledger.ts';
import { composed } from './laptop.ts';

/** One device's user: a folder, a hand on it, and a clock for what takes time. */
export interface Person {
  readonly device: string;
  readonly user: SimUser;
  readonly root: string;
  readonly scheduler: Scheduler;
  /** When the person last changed a file in place, true ms. */
  readonly lastChanges: WeakMap<Inode, number>;
}

const names = ['notes.txt', 'plan.md', 'photo.jpg', 'a', 'b', 'c', 'über.txt', 'data.bin'];
const directories = ['docs', 'src', 'docs/old', 'src/lib', 'x', 'x/y/z'];
/** Names that begin so, in any case, belong to one special action and are left alone by all others. */
const handsOff = ['twin-', 'draft-', 'case-'];
/** Above the smallest block, so that some files have several blocks. */
const bigBytesMin = 70_000;
const bigBytesMax = 220_000;
const bigChance = 0.14;
const muchBytesMin = 600_000;
const muchBytesMax = 1_500_000;
/** The longest that a program takes to write a file. */
export const slowWriteMsMax = 6_000;

/** Where a user saves the same bytes as every other user at the same moment; see `saveTwin`. */
export function twinPath(step: number): string {
  return `twin-${step}`;
}

/** A user saves a file that others save as well, each with the same bytes: no conflict (FLD-3). */
export function saveTwin(person: Person, ledger: Ledger, step: number): string {
  const content = utf8(`the same for everybody in step ${step}`);
  person.user.write(`${person.root}/${twinPath(step)}`, content);
  ledger.wrote(content, person.device, twinPath(step), step);
  return `${person.device} saves ${twinPath(step)} as others do`;
}

/** The user saves a new file of several blocks. */
export function writeMuch(person: Person, random: Prng, ledger: Ledger, step: number): string {
  const content = new Uint8Array(random.integer(muchBytesMin, muchBytesMax)).map(() => random.integer(0, 255));
  const path = `much-${step}`;
  person.user.write(`${person.root}/${path}`, content);
  ledger.wrote(content, person.device, path, step);
  return `${person.device} writes ${path} (${content.length})`;
}

/**
 * One random thing that a person does, on what that person sees. Names are few, so that people on different devices meet at the
 * same paths. The ledger learns what was written and what was given up. Returns a line that says what was done.
 */
export function actAtRandom(person: Person, random: Prng, ledger: Ledger, step: number): string {
  const tree = seenBy(person);
  const touchable = tree.filter(([path]) => !isHandsOff(path));
  const files = touchable.filter(([, object]) => object.kind === 'file');
  const folders = touchable.filter(([, object]) => object.kind === 'directory').map(([path]) => path);
  const roll = random.fraction();
  const act = new Acts(person, random, ledger, step, new Map(tree));
  if (files.length === 0 || roll < 0.28) return act.write(newPath(random));
  const [path] = random.pick(files);
  if (roll < 0.45) return act.write(path);
  if (roll < 0.55) return act.replace(path);
  if (roll < 0.61) return act.append(path);
  if (roll < 0.7) return act.move(path, newPath(random));
  if (roll < 0.78) return act.remove(path);
  if (roll < 0.82 && folders.length > 0) return act.remove(random.pick(folders));
  if (roll < 0.86 && folders.length > 0) return act.move(random.pick(folders), `moved-${random.integer(0, 3)}`);
  if (roll < 0.89) return act.chmod(path);
  if (roll < 0.91) return act.touch(path);
  if (roll < 0.92) return act.respell();
  if (roll < 0.94) return act.link(newPath(random));
  if (roll < 0.97) return act.writeSlowly(`draft-${step}`);
  return act.mkdir(`empty-${random.integer(0, 4)}`);
}

/** The user changes the file at `path` this instant, if there is one; with `onlyContent` it stays the same file. */
export function interfere(person: Person, random: Prng, ledger: Ledger, step: number, path: string, onlyContent: boolean): string {
  const tree = new Map(seenBy(person));
  const isTouchable = tree.get(path)?.kind === 'file' && !isHandsOff(path);
  if (!isTouchable) return `${person.device} finds nothing to change at ${path}`;
  const act = new Acts(person, random, ledger, step, tree);
  const roll = onlyContent ? 0 : random.fraction();
  const done = roll < 0.6 ? act.write(path) : roll < 0.8 ? act.replace(path) : act.remove(path);
  return `${done}, right then`;
}

/** What is there for a person, who types composed names. */
function seenBy(person: Person): [string, WalkedObject][] {
  return [...composed(person.user.walk(person.root))].filter(([path]) => isUserPath(path));
}

function isHandsOff(path: string): boolean {
  return path.endsWith(editorDraftSuffix) || handsOff.some((prefix) => path.toLowerCase().startsWith(prefix));
}

function newPath(random: Prng): string {
  const name = random.pick(names);
  return random.chance(0.5) ? name : `${random.pick(directories)}/${name}`;
}

class Acts {
  readonly #person: Person;
  readonly #random: Prng;
  readonly #ledger: Ledger;
  readonly #step: number;
  readonly #tree: ReadonlyMap<string, WalkedObject>;

  constructor(person: Person, random: Prng, ledger: Ledger, step: number, tree: ReadonlyMap<string, WalkedObject>) {
    this.#person = person;
    this.#random = random;
    this.#ledger = ledger;
    this.#step = step;
    this.#tree = tree;
  }

  write(path: string): string {
    if (!this.#canHold(path) || (!this.#tree.has(path) && this.#isAboutToBeReplaced(path))) return this.mkdir('empty-0');
    const content = this.#content(this.#random.chance(bigChance));
    this.#giveUp(path);
    this.#inPlace(path, () => this.#person.user.write(this.#absolute(path), content));
    this.#persistName(path);
    this.#ledger.wrote(content, this.#person.device, path, this.#step);
    return `${this.#person.device} writes ${path} (${content.length})`;
  }

  replace(path: string): string {
    if (this.#isAboutToBeReplaced(path)) return this.write(path);
    const content = this.#content(this.#random.chance(bigChance));
    this.#giveUp(path);
    this.#person.user.replace(this.#absolute(path), content);
    this.#ledger.wrote(content, this.#person.device, path, this.#step);
    return `${this.#person.device} replaces ${path} (${content.length})`;
  }

  append(path: string): string {
    this.#giveUp(path);
    this.#inPlace(path, () => this.#person.user.append(this.#absolute(path), utf8(`+${this.#step}${this.#person.device}`)));
    this.#persistName(path);
    this.#ledger.wrote(this.#person.user.read(this.#absolute(path)), this.#person.device, path, this.#step);
    return `${this.#person.device} appends to ${path}`;
  }

  move(from: string, to: string): string {
    if (to === from || to.startsWith(`${from}/`) || !this.#canHold(to) || this.#tree.get(to)?.kind === 'directory')
      return this.write(`from-${this.#step}`);
    if (this.#isAboutToBeReplaced(to)) return this.write(`from-${this.#step}`);
    if (this.#tree.get(from)?.kind === 'directory' && this.#tree.has(to)) return this.write(`from-${this.#step}`);
    this.#giveUp(to);
    this.#person.user.rename(this.#absolute(from), this.#absolute(to));
    return `${this.#person.device} moves ${from} to ${to}`;
  }

  remove(path: string): string {
    this.#giveUp(path);
    this.#person.user.remove(this.#absolute(path));
    return `${this.#person.device} removes ${path}`;
  }

  chmod(path: string): string {
    this.#person.user.chmod(this.#absolute(path), this.#random.chance(0.5) ? 0o755 : 0o644);
    this.#persistName(path);
    return `${this.#person.device} changes the mode of ${path}`;
  }

  touch(path: string): string {
    this.#person.user.touch(this.#absolute(path), worldStartWallMs - this.#random.integer(1, 1000) * 1000);
    this.#persistName(path);
    return `${this.#person.device} sets the time of ${path}`;
  }

  /** A name of this person's own gets another spelling: on some disks it is the same name (FLD-6). */
  respell(): string {
    const prefix = `case-${this.#person.device}`;
    const own = [...this.#tree.keys()].filter((path) => path.toLowerCase().startsWith(prefix));
    const [path] = own;
    if (path === undefined || own.length > 1) return this.write(`${prefix}-${this.#step}`);
    const to = path.startsWith('case') ? path.replace('case', 'Case') : path.replace(/^c/i, 'c').toLowerCase();
    this.#person.user.rename(this.#absolute(path), this.#absolute(to));
    return `${this.#person.device} respells ${path} as ${to}`;
  }

  link(path: string): string {
    if (!this.#canHold(path) || this.#tree.has(path)) return this.write(`link-${this.#step}`);
    this.#person.user.symlink(this.#absolute(path), `target-${this.#random.integer(0, 3)}`);
    return `${this.#person.device} links ${path}`;
  }

  mkdir(path: string): string {
    if (!this.#tree.has(path)) this.#person.user.mkdir(this.#absolute(path));
    return `${this.#person.device} makes ${path}`;
  }

  /** A program that takes seconds to write a file. What it has when it ends is owed, if the file is still the one at `path` then. */
  writeSlowly(path: string): string {
    const { user, scheduler, device } = this.#person;
    const { disk } = user;
    const content = this.#content(true);
    const pieces = this.#random.integer(2, 6);
    const overMs = this.#random.integer(100, slowWriteMsMax);
    const pieceBytes = Math.ceil(content.length / pieces);
    const absolute = this.#absolute(path);
    user.write(absolute, '');
    const file = disk.file(absolute);
    disk.opened(file);
    const { powerCuts } = disk;
    const step = this.#step;
    const writePiece = (piece: number): void => {
      if (disk.powerCuts !== powerCuts) return;
      const end = Math.min(content.length, (piece + 1) * pieceBytes);
      this.#ledger.wroteInPassing(content.subarray(0, end));
      if (!writeIfSpace(disk, file, absolute, piece * pieceBytes, content.subarray(piece * pieceBytes, end))) return disk.closed(file);
      file.sync();
      if (end < content.length)
        return void scheduler.schedule(overMs / pieces, `${device} goes on with ${path}`, () => writePiece(piece + 1));
      disk.closed(file);
      if (user.exists(absolute) && disk.find(absolute) === file) this.#ledger.wrote(content, device, path, step);
    };
    writePiece(0);
    return `${device} writes ${path} slowly (${content.length} in ${overMs} ms)`;
  }

  /** Every parent is a directory or free, and the path itself is neither a directory nor a link, which a program would follow. */
  #canHold(path: string): boolean {
    const there = this.#tree.get(path)?.kind;
    if (there === 'directory' || there === 'link') return false;
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const parent = this.#tree.get(path.slice(0, slash));
      if (parent && parent.kind !== 'directory') return false;
    }
    return true;
  }

  /** The program's last look is over and its rename comes: the window for other files that FLD-2 leaves open. What is written in place is seen. */
  #isAboutToBeReplaced(path: string): boolean {
    return this.#person.user.disk.aboutToReplace.has(this.#absolute(path));
  }

  /** Unique, so that each content can be told from every other one; large ones are alike in most of their bytes. */
  #content(isBig: boolean): Uint8Array {
    const head = utf8(`${this.#person.device} ${this.#step} ${this.#random.uint32().toString(36)}\n`);
    if (!isBig) return head;
    const body = new Uint8Array(this.#random.integer(bigBytesMin, bigBytesMax));
    for (let i = 0; i < body.length; i++) body[i] = Math.imul(i, 2_654_435_761) >>> 24;
    body.set(head);
    return body;
  }

  /**
   * Changes a file where it is. A file from another device, whose clock is another one, may bear the very time that this change gets, long
   * after it was put here, and then no stat tells the difference; such a change comes a step of the clock later. A change of another
   * person's file in the step of the clock in which it was put here is for the program to notice.
   */
  #inPlace(path: string, change: () => void): void {
    const { user, lastChanges, scheduler } = this.#person;
    const { disk } = user;
    const absolute = this.#absolute(path);
    const before = user.exists(absolute) ? disk.statOf(disk.get(absolute)) : undefined;
    change();
    const inode = disk.get(absolute);
    const stepMs = disk.capabilities.mtimeGranularityMs;
    const isOwnRace = scheduler.nowMs - (lastChanges.get(inode) ?? -Infinity) <= stepMs;
    if (before && isOwnRace) {
      if (before.mtimeMs - inode.mtimeMs === stepMs) user.touch(absolute, before.mtimeMs);
    } else if (before?.mtimeMs === inode.mtimeMs && disk.nowMs() - inode.timeSetAtMs > stepMs) {
      user.touch(absolute, inode.mtimeMs + stepMs);
    }
    lastChanges.set(inode, scheduler.nowMs);
  }

  /** What lies at `path` or below it is about to go, and the person sees it. */
  #giveUp(path: string): void {
    for (const [each, object] of this.#tree) {
      if (object.kind === 'file' && (each === path || each.startsWith(`${path}/`))) this.#ledger.gaveUp(object.content);
    }
  }

  /** As a file system does it when a file is synced: its name is durable with it. */
  #persistName(path: string): void {
    const { disk } = this.#person.user;
    for (let at = this.#absolute(path); at !== '';) {
      at = at.slice(0, at.lastIndexOf('/'));
      disk.syncDirectory(disk.directory(at === '' ? '/' : at));
    }
  }

  #absolute(path: string): string {
    return `${this.#person.root}/${path}`;
  }
}

/** False where the disk is full: the program gives up and leaves what it has. */
function writeIfSpace(disk: SimDisk, file: Inode, path: string, offset: number, bytes: Uint8Array): boolean {
  try {
    disk.write(file, path, offset, bytes);
    return true;
  } catch (error) {
    if (error instanceof DiskFault && error.kind === 'full') return false;
    throw error;
  }
}
