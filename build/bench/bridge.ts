import { spawnSync } from 'node:child_process';
import { BenchFailure } from './contender.ts';

const commandMs = 10_000;
const bridgeName = 'bridge0';
/** What the interface to the bridge is called inside a device. */
export const deviceInterface = 'eth0';

/** Where one device is plugged in. */
export interface BridgePort {
  /** From now on nothing passes, and neither side is told: what a sleeping laptop is to the others. */
  cut(): void;
  restore(): void;
}

/**
 * A switch between network namespaces, in the namespace of this process, which has to be its own. The kernel takes it away with the last
 * process in that namespace, and a device's end of the cable with the device's.
 */
export class Bridge {
  #ports = 0;

  constructor() {
    run(['ip', 'link', 'add', bridgeName, 'type', 'bridge']);
    run(['ip', 'link', 'set', bridgeName, 'up']);
  }

  /** Connects the namespace of process `pid`, which gets `address` (IPv4) in a network of 254 hosts. */
  attach(pid: number, address: string): BridgePort {
    const port = `port${(this.#ports += 1)}`;
    run(['ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', deviceInterface, 'netns', String(pid)]);
    run(['ip', 'link', 'set', port, 'master', bridgeName, 'up']);
    const inside = ['nsenter', '--target', String(pid), '--net'];
    run([...inside, 'ip', 'address', 'add', `${address}/24`, 'dev', deviceInterface]);
    run([...inside, 'ip', 'link', 'set', deviceInterface, 'up']);
    return {
      cut: () => run(['ip', 'link', 'set', port, 'nomaster']),
      restore: () => run(['ip', 'link', 'set', port, 'master', bridgeName]),
    };
  }
}

/** Switches this process's own interface to the bridge on or off, as a machine does that has lost its network. Address and routes come back with it. */
export function setDeviceInterface(isUp: boolean): void {
  run(['ip', 'link', 'set', deviceInterface, isUp ? 'up' : 'down']);
}

function run(argv: readonly string[]): void {
  const [command = '', ...args] = argv;
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: commandMs });
  if (status !== 0) throw new BenchFailure(`"${argv.join(' ')}" failed: ${error?.message ?? stderr.trim()}`);
}
