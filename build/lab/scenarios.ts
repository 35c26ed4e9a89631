import type { Scenario } from './scenario.ts';
import { frozenReceiver } from './scenarios/frozen-receiver.ts';
import { frozenSource } from './scenarios/frozen-source.ts';
import { fullDisk } from './scenarios/full-disk.ts';
import { killedAgent } from './scenarios/killed-agent.ts';
import { foundAgain, newNetwork } from './scenarios/new-network.ts';
import { partition } from './scenarios/partition.ts';
import { lateNetwork, sleep } from './scenarios/sleep.ts';
import { longWay, slowLink } from './scenarios/slow-links.ts';
import { storeAndForward } from './scenarios/store-and-forward.ts';
import { storm } from './scenarios/storm.ts';
import { trickling } from './scenarios/trickle.ts';

/** Everything that the lab does to agents, in the order of running; the longest first, so that lanes end together. */
export const scenarios: readonly Scenario[] = [
  storm,
  sleep,
  partition,
  lateNetwork,
  frozenSource,
  frozenReceiver,
  trickling,
  newNetwork,
  foundAgain,
  storeAndForward,
  killedAgent,
  fullDisk,
  slowLink,
  longWay,
];
