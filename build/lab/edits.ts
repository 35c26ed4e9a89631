import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Prng } from '../../core/testing/sim/prng.ts';
import { Ledger } from '../../core/testing/world/ledger.ts';
import { DaemonFailure } from '../../main/testing/daemon-process.ts';
import type { LabHost } from './lab-host.ts';

const names = ['plan.txt', 'letter.txt', 'list.txt', 'drafts/one.txt', 'drafts/two.txt', 'photos/index.txt'];
const sizeMax = 200_000;
const ownFolder = '.dormouse';

/** What chance lets people do on their laptops, and what of it must be there in the end. Every content that is written is unique. */
export class ChanceEdits {
  readonly #random: Prng;
  readonly #ledger = new Ledger(() => performance.now());
  #count = 0;

  constructor(random: Prng) {
    this.#random = random;
  }

  get count(): number {
    return this.#count;
  }

  /** One thing that the person at `host` does with its folder; says what. */
  act(host: LabHost): string {
    this.#count += 1;
    const existing = filesOf(host.folder);
    const chance = this.#random.fraction();
    const path = existing.length > 0 ? this.#random.pick(existing) : undefined;
    if (path !== undefined && chance < 0.1) return this.#remove(host, path);
    if (path !== undefined && chance < 0.2) return this.#move(host, path);
    return this.#write(host, path !== undefined && chance < 0.4 ? path : this.#freshPath());
  }

  /** Fails with whatever people wrote, nobody who saw it gave up, and no tree holds, under its name or in a conflict copy. */
  checkNothingLost(hosts: readonly LabHost[]): void {
    const trees = hosts.map(
      ({ folder }) =>
        new Map(
          filesOf(folder).map((path) => {
            const content: Uint8Array = readFileSync(join(folder, path));
            return [path, { kind: 'file', content }] as const;
          }),
        ),
    );
    const lost = this.#ledger.lost(trees);
    if (lost.length > 0) throw new DaemonFailure(`${lost.length} edits are lost:\n${lost.join('\n')}`);
  }

  #freshPath(): string {
    return this.#random.chance(0.7) ? this.#random.pick(names) : `notes/${this.#count}.txt`;
  }

  #write(host: LabHost, path: string): string {
    const full = join(host.folder, path);
    const line = `edit ${this.#count} by ${host.name} of ${path}\n`;
    const content = Buffer.from(line.repeat(Math.ceil(this.#random.integer(1, sizeMax) / line.length)));
    mkdirSync(join(full, '..'), { recursive: true });
    // Looked at and replaced without a pause: nothing can come in between that this person has not seen, but for some microseconds.
    if (existsSync(full)) this.#ledger.gaveUp(readFileSync(full));
    writeFileSync(full, content);
    this.#ledger.wrote(content, host.name, path, this.#count);
    return `${host.name} writes ${path}`;
  }

  #remove(host: LabHost, path: string): string {
    const full = join(host.folder, path);
    if (existsSync(full)) this.#ledger.gaveUp(readFileSync(full));
    rmSync(full, { force: true });
    return `${host.name} removes ${path}`;
  }

  #move(host: LabHost, path: string): string {
    const target = `moved/${this.#count}.txt`;
    mkdirSync(join(host.folder, 'moved'), { recursive: true });
    if (existsSync(join(host.folder, path))) renameSync(join(host.folder, path), join(host.folder, target));
    return `${host.name} moves ${path} to ${target}`;
  }
}

/** The paths of all files of a folder, in order; not what the agent keeps for itself. */
function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path !== ownFolder && !path.startsWith(`${ownFolder}/`))
    .filter((path) => lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true)
    .sort();
}
