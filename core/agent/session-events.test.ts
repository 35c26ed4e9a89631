import { describe, expect, test } from 'vitest';
import { SimWorld } from '../testing/sim/index.ts';
import { LinkLosses } from './session-events.ts';
import type { DeviceId } from '../model/index.ts';

const bert = 'bert' as DeviceId;
const carla = 'carla' as DeviceId;

function lossesIn(seed: string): { readonly losses: LinkLosses; readonly after: (ms: number) => Promise<void> } {
  const world = new SimWorld(seed);
  const host = world.addHost({ name: 'laptop' });
  return { losses: new LinkLosses(host.ports.clock), after: (ms) => world.scheduler.runFor(ms) };
}

describe('links that break', () => {
  test('SES-2 the third loss within 10 min is an incident, and then the count starts over', async () => {
    const { losses, after } = lossesIn('repeats');
    const told: (string | undefined)[] = [];
    for (let i = 0; i < 6; i++) {
      await after(60_000);
      told.push(losses.ended(bert, 'Bert', 'lost'));
    }
    const text = 'The connection to Bert broke 3 times within 10 minutes.';
    expect(told).toEqual([undefined, undefined, text, undefined, undefined, text]);
  });

  test('SES-2 losses far apart, of different devices, or from a sleep, a stop or a decision are none', async () => {
    const { losses, after } = lossesIn('harmless');
    for (let i = 0; i < 20; i++) {
      await after(5.1 * 60_000);
      expect(losses.ended(bert, 'Bert', 'silent')).toBeUndefined();
    }
    for (const reason of ['peer-asleep', 'suspend', 'stop', 'unproved', 'replaced', 'restarted', 'paused', 'removed'] as const)
      for (let i = 0; i < 4; i++) expect(losses.ended(carla, 'Carla', reason)).toBeUndefined();
  });

  test('SES-2 losses just before or after a change of the network come from it', async () => {
    const { losses, after } = lossesIn('network');
    await after(60_000);
    for (let i = 0; i < 5; i++) {
      expect(losses.ended(bert, 'Bert', 'lost')).toBeUndefined();
      await after(2_000);
      losses.networkChanged();
      await after(2_000);
      expect(losses.ended(bert, 'Bert', 'remote-closed')).toBeUndefined();
      await after(20_000);
    }
  });
});
