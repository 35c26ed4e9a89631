// One device of a row about waiting, in a process and a network namespace of its own: `WaitLab` starts it and tells it what to do by message.
import { argv } from 'node:process';
import { present } from '../../core/base/index.ts';
import { contenderById } from './contenders.ts';
import { DeviceBody } from './device-body.ts';
import { serveObjects } from './remote-object.ts';
import type { ContenderId } from './results.ts';
import type { AgentSeat } from './wait-agent.ts';

/** What a device is to be; its one argument, as JSON. */
export interface DeviceOrder extends AgentSeat {
  readonly contender: ContenderId;
}

const order = JSON.parse(argv[2] ?? '') as DeviceOrder;
const agent = present(contenderById(order.contender).createAgent, 'agent')(order);
const body = new DeviceBody(() => agent.rootPid());
// Whoever started this ends what is left: all of a session is in one process group.
process.on('disconnect', () => process.exit());
serveObjects({ agent, body });
