import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { present } from '../../core/base/index.ts';
import { Bridge, type BridgePort } from './bridge.ts';
import type { Stage } from './contender.ts';
import type { DeviceBody } from './device-body.ts';
import type { DeviceOrder } from './device-program.ts';
import { isolated } from './namespace.ts';
import { type Remote, RemoteObjects } from './remote-object.ts';
import type { ContenderId } from './results.ts';
import { folderOf, type WaitAgent } from './wait-agent.ts';
import { waitFor } from '../../main/testing/daemon-process.ts';

const deviceProgram = fileURLToPath(new URL('./device-program.ts', import.meta.url));
const linkMsMax = 60_000;
const restMsMax = 3 * 60_000;

/** A device with its agent, in a network namespace of its own. */
export interface LabDevice {
  readonly name: string;
  /** The synced folder. */
  readonly folder: string;
  readonly agent: Remote<WaitAgent>;
  readonly body: Remote<DeviceBody>;
  readonly port: BridgePort;
}

/** Devices of one contender on one bridge. Nothing has to be taken down: it ends with the processes of the session. */
export class WaitLab {
  readonly #contender: ContenderId;
  readonly #stage: Stage;
  readonly #bridge = new Bridge();
  readonly devices: LabDevice[] = [];

  constructor(contender: ContenderId, stage: Stage) {
    this.#contender = contender;
    this.#stage = stage;
  }

  /** Devices that know each other, with one empty folder that all of them share, at rest. */
  async mesh(names: readonly string[]): Promise<LabDevice[]> {
    const devices: LabDevice[] = [];
    for (const name of names) devices.push(await this.#add(name));
    const cards = await Promise.all(devices.map(({ agent }) => agent.prepare()));
    await Promise.all(devices.map(({ agent, name }) => agent.start(cards.filter((card) => card.name !== name))));
    for (const [index, from] of devices.entries()) {
      for (const to of devices.slice(index + 1)) {
        const invitation = await from.agent.invite();
        if (invitation !== undefined && invitation !== null) await to.agent.accept(invitation);
        await untilLinked(to, from);
      }
    }
    const [owner, ...others] = devices;
    await present(owner, 'device').agent.shareFolder(others.map(({ name }) => name));
    for (const { agent } of others) await agent.takeFolder();
    await untilAtRest(devices);
    return devices;
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.devices.map(async ({ agent, body }) => {
        await body.thaw();
        await agent.stop();
      }),
    );
  }

  async logTail(): Promise<string> {
    const tails = await Promise.all(this.devices.map(async ({ name, agent }) => `${name}:\n${await agent.logTail()}`));
    return tails.join('\n');
  }

  async #add(name: string): Promise<LabDevice> {
    const address = `10.99.0.${this.devices.length + 1}`;
    const { folder: stageFolder, choices } = this.#stage;
    const order: DeviceOrder = { contender: this.#contender, name, stageFolder, address, choices };
    const [command = '', ...args] = isolated([process.execPath, deviceProgram, JSON.stringify(order)]);
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const remote = new RemoteObjects(child);
    const body = remote.object<DeviceBody>('body');
    // It answers from within its own namespace: before that its process may still be in ours.
    await body.ready();
    const port = this.#bridge.attach(present(child.pid, 'pid'), address);
    const device = { name, folder: folderOf(order), agent: remote.object<WaitAgent>('agent'), body, port };
    this.devices.push(device);
    return device;
  }
}

export async function untilLinked(device: LabDevice, other: LabDevice): Promise<void> {
  await waitFor(`${device.name} is linked to ${other.name}`, linkMsMax, async () =>
    (await device.agent.isLinkedTo(other.name)) ? true : undefined,
  );
}

/** All of these have nothing to do as far as the others of them are concerned. */
export async function untilAtRest(devices: readonly LabDevice[]): Promise<void> {
  const names = devices.map(({ name }) => name);
  await waitFor(`at rest: ${names.join(', ')}`, restMsMax, async () => {
    const resting = await Promise.all(devices.map(({ agent, name }) => agent.isAtRest(names.filter((other) => other !== name))));
    return resting.every((isResting) => isResting) ? true : undefined;
  });
}
