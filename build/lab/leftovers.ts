import { mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isProcessAlive } from '../../main/home.ts';
import { listPids } from '../bench/process-meter.ts';

const folderPrefix = 'dormouse-lab-';
const folderPattern = /^dormouse-lab-(\d+)-/;
/** An agent whose home is in such a folder. A person's own look into one is left alone. */
const agentPattern = /cli\.ts --home \S*\/dormouse-lab-(\d+)-/;

/** A folder whose name tells which lab it belongs to. */
export function makeLabFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), `${folderPrefix}${process.pid}-`)));
}

/** Out of reach of the clearing up of later labs; gives the new place. */
export function keepLabFolder(folder: string): string {
  const kept = join(dirname(folder), basename(folder).replace(folderPrefix, 'dormouse-kept-lab-'));
  renameSync(folder, kept);
  return kept;
}

/** The number of the process to whose lab a folder belongs, by its name; undefined for others. */
export function labOfFolder(name: string): number | undefined {
  return numberIn(folderPattern, name);
}

/** The number of the process to whose lab an agent belongs, by its command line; undefined for everything else. */
export function labOfAgent(commandLine: string): number | undefined {
  return numberIn(agentPattern, commandLine);
}

function numberIn(pattern: RegExp, text: string): number | undefined {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Ends agents and removes folders of labs that are dead. Namespaces have no names and mounts are the hosts' own, so the kernel has taken
 * them away, or does when those agents end.
 */
export function removeLeftovers(): void {
  for (const pid of listPids()) if (isOfDeadLab(labOfAgent(commandLineOf(pid)))) kill(pid);
  for (const name of readdirSync(tmpdir())) {
    if (isOfDeadLab(labOfFolder(name))) rmSync(join(tmpdir(), name), { recursive: true, force: true, maxRetries: 5 });
  }
}

function isOfDeadLab(lab: number | undefined): boolean {
  return lab !== undefined && lab !== process.pid && !isLab(lab);
}

/** A process number may have been given to another program since. */
function isLab(pid: number): boolean {
  return isProcessAlive(pid) && commandLineOf(pid).includes('lab.ts');
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
