import { backoffDelayMs } from '../base/index.ts';
import type { FolderJournal } from '../journal/types.ts';
import type { ProblemKind, RelPath } from '../model/index.ts';
import { parentPath } from '../model/index.ts';
import type { Clock, FileError, Random, Timer } from '../ports/index.ts';
import { retryBackoff } from './engine-limits.ts';
import { placeText } from './folder-disk.ts';

/** What is wrong with a path, as it is reported. */
export interface Trouble {
  readonly kind: ProblemKind;
  readonly permanent: boolean;
  readonly text: string;
}

interface Failing {
  readonly kind: ProblemKind;
  readonly permanent: boolean;
  attempt: number;
  readonly sinceMonoMs: number;
  /** Infinity: not by itself. Undefined: it is being tried. */
  dueMonoMs: number | undefined;
  /** What is there could not be read. What else is done with the path does not cure that. */
  isUnread: boolean;
}

/** Troubles of single paths (FLD-9): shown through the journal, tried again with growing delays, in the way of nothing else. */
export class Problems {
  readonly #journal: FolderJournal;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onRetry: (paths: readonly RelPath[]) => void;
  readonly #failing = new Map<RelPath, Failing>();
  #timer: Timer | undefined;
  #armedForMs = Infinity;
  #stopped = true;

  constructor(journal: FolderJournal, clock: Clock, random: Random, onRetry: (paths: readonly RelPath[]) => void) {
    this.#journal = journal;
    this.#clock = clock;
    this.#random = random;
    this.#onRetry = onRetry;
  }

  /** Takes up what an earlier run left; everything is due at once, permanent problems too: a person may have cured them. */
  start(): void {
    this.#stopped = false;
    const nowMs = this.#clock.monoNow();
    for (const { path, kind, permanent } of this.#journal.problems()) {
      if (!this.#failing.has(path))
        this.#failing.set(path, { kind, permanent, attempt: 0, ...{ sinceMonoMs: nowMs, dueMonoMs: nowMs, isUnread: false } });
    }
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#disarm();
  }

  has(path: RelPath): boolean {
    return this.#failing.has(path);
  }

  /** Paths that could not be read and are tried again. */
  get unreadCount(): number {
    let count = 0;
    for (const { isUnread, permanent } of this.#failing.values()) if (isUnread && !permanent) count += 1;
    return count;
  }

  /** It changed each time it was read. */
  isRestless(path: RelPath): boolean {
    return this.#failing.get(path)?.kind === 'changes-while-read';
  }

  /** Undefined: nothing is wrong with it. */
  kindOf(path: RelPath): ProblemKind | undefined {
    return this.#failing.get(path)?.kind;
  }

  /** For how long the path has had its trouble in this run, ms; 0: nothing is wrong with it. */
  lastsMs(path: RelPath): number {
    const failing = this.#failing.get(path);
    return failing ? this.#clock.monoNow() - failing.sinceMonoMs : 0;
  }

  /** Waiting for its next try: not to be handed out for download. */
  isWaiting(path: RelPath): boolean {
    const failing = this.#failing.get(path);
    return failing?.dueMonoMs !== undefined && failing.dueMonoMs > this.#clock.monoNow();
  }

  /** Shows the trouble and plans the next try. The same trouble again costs no write. */
  async report(path: RelPath, { kind, permanent, text }: Trouble): Promise<void> {
    const nowMs = this.#clock.monoNow();
    const before = this.#failing.get(path);
    const attempt = before ? before.attempt + 1 : 0;
    const sinceMonoMs = before?.sinceMonoMs ?? nowMs;
    const delayMs = backoffDelayMs(retryBackoff, attempt, nowMs - sinceMonoMs, this.#random.fraction());
    const dueMonoMs = permanent ? Infinity : nowMs + delayMs;
    this.#failing.set(path, { kind, permanent, attempt, sinceMonoMs, dueMonoMs, isUnread: before?.isUnread ?? false });
    this.#arm(dueMonoMs);
    if (before?.kind === kind && before.permanent === permanent) return;
    await this.#journal.setProblem({ path, kind, permanent, text, sinceMs: this.#clock.wallNow() });
  }

  /** The same for what could not be read or listed: only {@link Problems.wasRead} ends it. */
  async reportUnread(path: RelPath, trouble: Trouble): Promise<void> {
    await this.report(path, trouble);
    const failing = this.#failing.get(path);
    if (failing) failing.isUnread = true;
  }

  /** A file was read, a directory was listed, or it is proven that nothing is there. */
  wasRead(path: RelPath): void {
    const failing = this.#failing.get(path);
    if (failing) failing.isUnread = false;
  }

  /** The path is as it should be, unless it could not be read: then changes of it are still to be found. */
  async clear(path: RelPath): Promise<void> {
    if (this.#failing.get(path)?.isUnread) return;
    if (this.#failing.delete(path)) await this.#journal.clearProblem(path);
  }

  /** Something changed in `directory` that may have been in the way of paths there: they are due now. */
  retryIn(directory: RelPath, kinds: readonly ProblemKind[]): void {
    for (const [path, failing] of this.#failing) {
      if (kinds.includes(failing.kind) && parentPath(path) === directory) failing.dueMonoMs = this.#clock.monoNow();
    }
    this.#arm();
  }

  /** All that is tried again by itself is due now (a resume, a person's wish). */
  retryAll(): void {
    for (const failing of this.#failing.values()) if (!failing.permanent) failing.dueMonoMs = this.#clock.monoNow();
    this.#arm();
  }

  /** Makes sure the timer fires when the next path is due; cheap when it already does. */
  #arm(newDueMs?: number): void {
    if (this.#stopped) return;
    if (newDueMs !== undefined && newDueMs >= this.#armedForMs) return;
    let dueMs = newDueMs ?? Infinity;
    if (newDueMs === undefined) for (const failing of this.#failing.values()) dueMs = Math.min(dueMs, failing.dueMonoMs ?? Infinity);
    this.#disarm();
    if (dueMs === Infinity) return;
    this.#armedForMs = dueMs;
    this.#timer = this.#clock.setTimer(Math.max(0, dueMs - this.#clock.monoNow()), () => this.#fire());
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#armedForMs = Infinity;
  }

  /** A path that is due is taken off the timer until it is reported again or cleared. */
  #fire(): void {
    this.#disarm();
    const nowMs = this.#clock.monoNow();
    const due: RelPath[] = [];
    for (const [path, failing] of this.#failing) {
      if (failing.dueMonoMs === undefined || failing.dueMonoMs > nowMs) continue;
      due.push(path);
      failing.dueMonoMs = undefined;
    }
    this.#arm();
    if (due.length > 0) this.#onRetry(due);
  }
}

/** The trouble of a path whose reading or writing failed with `error`. */
export function troubleOf(path: RelPath, error: FileError, doing: 'read' | 'write'): Trouble {
  const name = placeText(path);
  const verb = doing === 'read' ? 'read' : 'written';
  switch (error.kind) {
    case 'permission':
    case 'read-only':
      return { kind: 'permission-denied', permanent: false, text: `${name} may not be ${verb} by this user; change its permissions` };
    case 'busy':
    case 'too-many-open':
      return { kind: 'in-use', permanent: false, text: `${name} is in use by another program; close it there` };
    case 'full':
      return { kind: 'disk-full', permanent: false, text: `${name} does not fit on the disk; free some space` };
    case 'too-long':
      return { kind: 'path-too-long', permanent: true, text: `the path of ${name} is too long for this system; shorten a name above it` };
    case 'escapes':
      return {
        kind: 'outside-folder',
        permanent: false,
        text: `${name} would lie outside the folder, because a directory above it is a link here`,
      };
    case 'unsupported':
    case 'cross-device':
    case 'not-found':
    case 'exists':
    case 'not-directory':
    case 'is-directory':
    case 'not-empty':
    case 'io':
      return {
        kind: doing === 'read' ? 'read-error' : 'write-error',
        permanent: false,
        text: `${name} could not be ${verb} (${error.code}); it is tried again by itself`,
      };
  }
}

/** The trouble of a file that was never still while it was read (FLD-1). */
export function changesWhileRead(path: RelPath): Trouble {
  return { kind: 'changes-while-read', permanent: false, text: `"${path}" changes while it is read; it is synced when it comes to rest` };
}
