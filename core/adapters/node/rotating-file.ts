import { appendFileSync } from 'node:fs';
import { appendFile, rename, rm, stat } from 'node:fs/promises';
import { KIB, MIB } from '../../base/index.ts';

export interface RotatingFileOptions {
  /** Absolute path; its directory exists. Older parts get `.1`, `.2` … behind it. */
  readonly path: string;
  /** Size from which a new part is begun. */
  readonly partBytesMax?: number;
  /** Parts kept, the current one included. */
  readonly partsMax?: number;
}

/** Text waiting for the disk; beyond it lines are dropped and counted. */
const waitingCharsMax = MIB;
const writeCharsMax = 64 * KIB;

/**
 * A text file that grows by lines up to a bound and keeps a few older parts. Adding a line neither waits nor fails: what the disk does
 * not take is dropped.
 */
export class RotatingFile {
  readonly #path: string;
  readonly #partBytesMax: number;
  readonly #partsMax: number;
  #waiting: string[] = [];
  #waitingChars = 0;
  #dropped = 0;
  /** Undefined: not looked at yet. */
  #bytes: number | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: RotatingFileOptions) {
    this.#path = options.path;
    this.#partBytesMax = options.partBytesMax ?? 5 * MIB;
    this.#partsMax = options.partsMax ?? 4;
  }

  /** Lines that found no place. */
  get dropped(): number {
    return this.#dropped;
  }

  add(line: string): void {
    if (this.#waitingChars > waitingCharsMax) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingChars += line.length;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when every line added before is with the operating system. */
  async flush(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  /** Writes what waits at once, whatever the size, for the last moment of a process. */
  flushSync(): void {
    const text = this.#take(Infinity);
    if (text === '') return;
    try {
      appendFileSync(this.#path, text, { mode: 0o600 });
    } catch {
      this.#dropped += 1;
    }
  }

  async #writeAll(): Promise<void> {
    // Lines of the same turn go together.
    await Promise.resolve();
    for (let text = this.#take(writeCharsMax); text !== ''; text = this.#take(writeCharsMax)) {
      try {
        this.#bytes ??= await stat(this.#path).then(
          ({ size }) => size,
          () => 0,
        );
        if (this.#bytes >= this.#partBytesMax) await this.#rotate();
        await appendFile(this.#path, text, { mode: 0o600 });
        this.#bytes += Buffer.byteLength(text);
      } catch {
        this.#dropped += 1;
        this.#bytes = undefined;
      }
    }
    this.#writing = undefined;
  }

  async #rotate(): Promise<void> {
    for (const [from, to] of this.#moves()) {
      await (to === undefined ? rm(from, { force: true }) : rename(from, to)).catch(() => undefined);
    }
    this.#bytes = 0;
  }

  /** Oldest first: the last part goes, every other one gets the next number. */
  #moves(): [string, string | undefined][] {
    const part = (index: number): string => (index === 0 ? this.#path : `${this.#path}.${index}`);
    const last = this.#partsMax - 1;
    const moves: [string, string | undefined][] = [[part(last), undefined]];
    for (let index = last - 1; index >= 0; index--) moves.push([part(index), part(index + 1)]);
    return moves;
  }

  #take(charsMax: number): string {
    let count = 0;
    let chars = 0;
    while (count < this.#waiting.length && (count === 0 || chars < charsMax)) chars += this.#waiting[count++]?.length ?? 0;
    this.#waitingChars -= chars;
    return this.#waiting.splice(0, count).join('');
  }
}
