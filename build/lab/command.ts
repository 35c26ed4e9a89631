import { spawnSync } from 'node:child_process';
import { DaemonFailure } from '../../main/testing/daemon-process.ts';

const commandMsMax = 20_000;

/** Runs a command of the system to its end and gives what it printed; throws {@link DaemonFailure} with its own words where it fails. */
export function runCommand(argv: readonly string[], input = ''): string {
  const [command = '', ...args] = argv;
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', input, timeout: commandMsMax });
  if (status === 0) return stdout;
  throw new DaemonFailure(`"${argv.join(' ')}" failed: ${(error?.message ?? stderr.trim()) || `exit code ${status}`}`);
}

/** Several commands of `ip` in one go, in the network of process `pid`. */
export function runIp(pid: number, lines: readonly string[]): void {
  runCommand([...withinNetworkOf(pid), 'ip', '-batch', '-'], `${lines.join('\n')}\n`);
}

/** Puts what follows into the network namespace of process `pid`. Keeps the pid that is started. */
export function withinNetworkOf(pid: number): readonly string[] {
  return ['nsenter', '--target', String(pid), '--net'];
}
