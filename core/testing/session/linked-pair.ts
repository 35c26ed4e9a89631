import { assert } from '../../base/index.ts';
import type { SuspendKind } from '../sim/index.ts';
import type { SessionHost } from './session-world.ts';
import { SessionWorld } from './session-world.ts';

export function areLinked(a: SessionHost, b: SessionHost): boolean {
  return a.session(b) !== undefined && b.session(a) !== undefined;
}

export interface LinkedPair {
  readonly world: SessionWorld;
  readonly lesser: SessionHost;
  readonly greater: SessionHost;
}

/** Two paired devices that have been linked for a second; of one the DeviceId is the greater. */
export async function linkedPair(seed: string, suspendKind: SuspendKind = 'linux'): Promise<LinkedPair> {
  const world = new SessionWorld(seed);
  const { lesser, greater } = world.addPair({ suspendKind });
  await world.startAll();
  assert(await world.runUntil(() => areLinked(lesser, greater), 5_000), 'two paired devices find each other');
  await world.runFor(1_000);
  return { world, lesser, greater };
}
