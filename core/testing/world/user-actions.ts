import { utf8 } from '../../base/index.ts';
import type { Prng } from '../sim/prng.ts';
import type { SimUser, WalkedObject } from '../sim/sim-user.ts';
import type { Ledger } from './ledger.ts';
import { isUserPath } from './ledger.ts';

/** One device's user: a folder, a hand on it, and a source of decisions. */
export interface Person {
  readonly device: string;
  readonly user: SimUser;
  readonly root: string;
}

const names = ['notes.txt', 'plan.md', 'photo.jpg', 'a', 'b', 'c', 'über.txt', 'data.bin'];
const directories = ['docs', 'src', 'docs/old', 'src/lib', 'x', 'x/y/z'];
/** Above the smallest block, so that some files have several blocks. */
const bigBytesMax = 220_000;

/**
 * One random thing that a person does, on what that person sees. Names are few, so that people on different devices meet at the
 * same paths. The ledger learns what was written and what was given up. Returns a line that says what was done.
 */
export function actAtRandom(person: Person, random: Prng, ledger: Ledger, step: number): string {
  const tree = [...person.user.walk(person.root)].filter(([path]) => isUserPath(path));
  const files = tree.filter(([, object]) => object.kind === 'file');
  const folders = tree.filter(([, object]) => object.kind === 'directory').map(([path]) => path);
  const roll = random.fraction();
  const act = new Acts(person, random, ledger, step, new Map(tree));
  if (files.length === 0 || roll < 0.3) return act.write(newPath(random));
  const [path] = random.pick(files);
  if (roll < 0.5) return act.write(path);
  if (roll < 0.6) return act.replace(path);
  if (roll < 0.66) return act.append(path);
  if (roll < 0.74) return act.move(path, newPath(random));
  if (roll < 0.82) return act.remove(path);
  if (roll < 0.86 && folders.length > 0) return act.remove(random.pick(folders));
  if (roll < 0.9 && folders.length > 0) return act.move(random.pick(folders), `moved-${random.integer(0, 3)}`);
  if (roll < 0.93) return act.chmod(path);
  if (roll < 0.96) return act.link(newPath(random));
  return act.mkdir(`empty-${random.integer(0, 4)}`);
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
    if (!this.#canHold(path)) return this.mkdir('empty-0');
    const content = this.#content();
    this.#giveUp(path);
    this.#person.user.write(this.#absolute(path), content);
    this.#ledger.wrote(content, this.#person.device, path, this.#step);
    return `${this.#person.device} writes ${path} (${content.length})`;
  }

  replace(path: string): string {
    const content = this.#content();
    this.#giveUp(path);
    this.#person.user.replace(this.#absolute(path), content);
    this.#ledger.wrote(content, this.#person.device, path, this.#step);
    return `${this.#person.device} replaces ${path} (${content.length})`;
  }

  append(path: string): string {
    this.#giveUp(path);
    this.#person.user.append(this.#absolute(path), utf8(`+${this.#step}`));
    this.#ledger.wrote(this.#person.user.read(this.#absolute(path)), this.#person.device, path, this.#step);
    return `${this.#person.device} appends to ${path}`;
  }

  move(from: string, to: string): string {
    if (to === from || to.startsWith(`${from}/`) || !this.#canHold(to) || this.#tree.get(to)?.kind === 'directory')
      return this.write(`from-${this.#step}`);
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
    return `${this.#person.device} changes the mode of ${path}`;
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

  /** Every parent is a directory or free, and the path itself is no directory. */
  #canHold(path: string): boolean {
    if (this.#tree.get(path)?.kind === 'directory') return false;
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const parent = this.#tree.get(path.slice(0, slash));
      if (parent && parent.kind !== 'directory') return false;
    }
    return true;
  }

  /** Unique, so that each content can be told from every other one; sometimes large, sometimes alike in most of its bytes. */
  #content(): Uint8Array {
    const head = utf8(`${this.#person.device} ${this.#step} ${this.#random.uint32().toString(36)}\n`);
    if (!this.#random.chance(0.08)) return head;
    const body = new Uint8Array(this.#random.integer(70_000, bigBytesMax));
    for (let i = 0; i < body.length; i++) body[i] = (i * 2_654_435_761) >>> 24;
    body.set(head);
    return body;
  }

  /** What lies at `path` or below it is about to go, and the person sees it. */
  #giveUp(path: string): void {
    for (const [each, object] of this.#tree) {
      if (object.kind === 'file' && (each === path || each.startsWith(`${path}/`))) this.#ledger.gaveUp(object.content);
    }
  }

  #absolute(path: string): string {
    return `${this.#person.root}/${path}`;
  }
}
