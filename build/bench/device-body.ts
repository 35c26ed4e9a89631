import { readFileSync, statSync } from 'node:fs';
import { present } from '../../core/base/index.ts';
import { ArrivalWatch, type Arrival } from './arrival-watch.ts';
import { deviceInterface, setDeviceInterface } from './bridge.ts';
import { parseInterfaceBytes } from './namespace.ts';
import { readProcesses, treeOf } from './process-meter.ts';

const lookMs = 20;

/** What the rows do to a device from outside its agent, and what they see of it. Lives in the device's network namespace. */
export class DeviceBody {
  readonly #rootPid: () => number | undefined;
  #watch: ArrivalWatch | undefined;
  #looking: NodeJS.Timeout | undefined;

  constructor(rootPid: () => number | undefined) {
    this.#rootPid = rootPid;
  }

  /** Answers as soon as the program of the device runs. */
  ready(): true {
    return true;
  }

  /** Stops every process of the agent, a monitor and its child alike. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  networkOff(): void {
    setDeviceInterface(false);
  }

  networkOn(): void {
    setDeviceInterface(true);
  }

  /** What its interface has sent so far. */
  sentBytes(): number {
    return present(parseInterfaceBytes(readInterfaces(), deviceInterface), deviceInterface).sent;
  }

  /** Begins to look what comes in, and for `file` of `bytes`. Ends an earlier watch. */
  watch(file: string, bytes: number): void {
    clearInterval(this.#looking);
    const watch = new ArrivalWatch(Date.now(), receivedBytes());
    this.#watch = watch;
    this.#looking = setInterval(
      () => watch.look(Date.now(), receivedBytes(), statSync(file, { throwIfNoEntry: false })?.size === bytes),
      lookMs,
    );
  }

  arrival(): Arrival {
    return present(this.#watch, 'watch').arrival;
  }

  #signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    const root = this.#rootPid();
    if (root === undefined) return;
    for (const { pid } of treeOf(root, readProcesses())) process.kill(pid, signal);
  }
}

function receivedBytes(): number {
  return present(parseInterfaceBytes(readInterfaces(), deviceInterface), deviceInterface).received;
}

const readInterfaces = (): string => readFileSync('/proc/self/net/dev', 'utf8');
