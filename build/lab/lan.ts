import { type ChildProcess, spawn } from 'node:child_process';
import { present } from '../../core/base/index.ts';
import { networkNamespaceOf } from '../bench/namespace.ts';
import { waitFor } from '../../main/testing/daemon-process.ts';
import { Cable, subnets } from './cable.ts';
import { runCommand, runIp, withinNetworkOf } from './command.ts';

const madeMsMax = 10_000;

/**
 * A local network of its own: a bridge in a network namespace, which is also the router between two subnets. Nothing of the machine's
 * own network is touched, and the namespace has no name: the kernel takes it away, with all cables in it, when the process that
 * holds it ends, which it does with the lab (its input is closed then).
 */
export class Lan {
  readonly #holder: ChildProcess;
  #cables = 0;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async open(): Promise<Lan> {
    const lan = new Lan(spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] }));
    const own = networkNamespaceOf('self');
    await waitFor('the namespace of the bridge is made', madeMsMax, async () => {
      const namespace = networkNamespaceOf(lan.pid);
      return namespace === undefined || namespace === own ? undefined : true;
    });
    runIp(lan.pid, [
      'link set lo up',
      'link add hub type bridge',
      ...Object.values(subnets).map((prefix) => `addr add ${prefix}.1/24 dev hub`),
      'link set hub up',
    ]);
    runCommand([...withinNetworkOf(lan.pid), 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
    return lan;
  }

  get pid(): number {
    return present(this.#holder.pid, 'pid');
  }

  /** Joins the network namespace of process `pid` to the bridge, with an address of its own in the first subnet. */
  plugIn(pid: number): Cable {
    this.#cables += 1;
    return new Cable({ lanPid: this.pid, hostPid: pid, port: `port${this.#cables}`, number: this.#cables + 1 });
  }

  close(): void {
    this.#holder.kill('SIGKILL');
  }
}
