import { describe, expect, test } from 'vitest';
import type { DeviceId } from '../model/index.ts';
import type { EpochEnd } from '../session/index.ts';
import { LinkLosses } from './link-losses.ts';

const anna = 'anna' as DeviceId;
const bert = 'bert' as DeviceId;
const minute = 60_000;

/** Ends and brings back the link every minute; what was told at each return. */
function breaks(losses: LinkLosses, ends: readonly EpochEnd[], restarted = false): readonly (number | undefined)[] {
  return ends.map((end, index) => {
    losses.ended(anna, end, index * minute);
    return losses.live(anna, restarted, index * minute + 500);
  });
}

describe('links that break', () => {
  test('SES-2 a link that breaks again and again is worth one incident', () => {
    expect(breaks(new LinkLosses(), ['lost', 'silent', 'remote-closed', 'lost'])).toEqual([undefined, undefined, 3, undefined]);
  });

  test.each<[string, readonly EpochEnd[]]>([
    ['a sleep here', ['suspend', 'suspend', 'suspend', 'suspend']],
    ['a sleep there', ['peer-asleep', 'peer-asleep', 'peer-asleep']],
    ['a wake that finds it dead', ['unproved', 'unproved', 'unproved']],
    ['a stop', ['stop', 'stop', 'stop']],
    ['another link', ['replaced', 'replaced', 'restarted', 'restarted']],
    ['two breaks', ['lost', 'silent']],
  ])('SES-2 %s is none', (_title, ends) => {
    expect(breaks(new LinkLosses(), ends).every((told) => told === undefined)).toBe(true);
  });

  test('SES-2 an agent that is restarted again and again is none', () => {
    expect(breaks(new LinkLosses(), ['remote-closed', 'lost', 'remote-closed', 'lost'], true)).toEqual(Array(4).fill(undefined));
  });

  test('SES-2 breaks that are far apart, or of several devices, do not repeat', () => {
    const losses = new LinkLosses();
    for (let i = 0; i < 20; i++) {
      losses.ended(i % 2 === 0 ? anna : bert, 'lost', i * 6 * minute);
      expect(losses.live(i % 2 === 0 ? anna : bert, false, i * 6 * minute)).toBeUndefined();
    }
  });

  test('SES-2 a change of the network excuses the breaks shortly before and after it', () => {
    const losses = new LinkLosses();
    for (const at of [0, 20, 40]) {
      for (const beforeMs of [0, 1_000, 2_000]) losses.ended(anna, 'silent', at * minute + beforeMs);
      losses.disturbed(at * minute + 5_000);
      expect(losses.live(anna, false, at * minute + 6_000)).toBeUndefined();
      for (const afterMs of [9_000, 12_000, 15_000]) losses.ended(anna, 'lost', at * minute + afterMs);
      expect(losses.live(anna, false, at * minute + 16_000)).toBeUndefined();
    }
  });
});
