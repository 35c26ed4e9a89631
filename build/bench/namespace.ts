import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { listPids } from './process-meter.ts';

/** Whether programs can be given a network of their own; `reason` says why not. */
export type Isolation = { readonly possible: true } | { readonly possible: false; readonly reason: string };

export function findIsolation(): Isolation {
  if (process.platform !== 'linux') return { possible: false, reason: 'this is not Linux' };
  if (process.getuid?.() !== 0) return { possible: false, reason: 'this takes root' };
  const [command = '', ...args] = isolated(['true']);
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return { possible: true };
  return { possible: false, reason: (error?.message ?? stderr.trim()) || `"${command} ${args.join(' ')}" failed` };
}

/**
 * The same command with a network namespace of its own, in which only the loopback interface exists, and is up.
 *
 * The namespace has no name, so the kernel takes it away with the last process in it: there is nothing to delete, whatever happens. The
 * command keeps the pid that is started, and its open files.
 */
export function isolated(argv: readonly string[]): string[] {
  return ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...argv];
}

/** Names the network namespace of a process; undefined where it is gone or there are none. */
export function networkNamespaceOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

/** Kills what is left of a session: all processes in its namespace, if it had one of its own, and all in its process group. */
export function killLeftovers(namespace: string | undefined, processGroup: number): void {
  if (namespace !== undefined && namespace !== networkNamespaceOf('self')) killOthersWithin(namespace);
  kill(-processGroup);
}

/** Kills every process in a network namespace but the caller. */
export function killOthersWithin(namespace: string): void {
  for (const pid of listPids()) if (pid !== process.pid && networkNamespaceOf(pid) === namespace) kill(pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** What went through an interface so far, headers included. */
export interface InterfaceBytes {
  readonly received: number;
  readonly sent: number;
}

/** Reads the text of `/proc/net/dev`; undefined where it has no such interface. */
export function parseInterfaceBytes(text: string, interfaceName: string): InterfaceBytes | undefined {
  for (const line of text.split('\n')) {
    const [name, figures] = line.split(':');
    if (name?.trim() !== interfaceName || figures === undefined) continue;
    const numbers = figures.trim().split(/\s+/).map(Number);
    // Eight figures of what was received come before those of what was sent.
    return { received: numbers[0] ?? 0, sent: numbers[8] ?? 0 };
  }
  return undefined;
}

/** What the loopback interface of this process's own network has sent so far; undefined where it cannot be told. */
export function readSentBytes(): number | undefined {
  try {
    return parseInterfaceBytes(readFileSync('/proc/self/net/dev', 'utf8'), 'lo')?.sent;
  } catch {
    return undefined;
  }
}
