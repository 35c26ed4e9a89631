import { describe, expect, test } from 'vitest';
import { desktopRowIds } from './desktop-row-ids.ts';
import { desktopRowFacts, fileGauges, idleGauges, meetsTarget } from './desktop-rows.ts';
import { formatGaugeRow } from './desktop-table.ts';
import { scales, sessions } from './rows.ts';
import { splitCommand } from './split-command.ts';
import { mostWithin, updatesOf } from './window-updates.ts';

describe('updates of a window', () => {
  test('changes that are close together are one, also where many follow each other', () => {
    expect(updatesOf([])).toEqual([]);
    expect(updatesOf([100, 110, 149, 198, 400])).toEqual([100, 400]);
    expect(updatesOf([0, 50, 100])).toEqual([0, 50, 100]);
  });

  test.each<[instants: number[], most: number]>([
    [[], 0],
    [[5], 1],
    [[0, 250, 500, 750, 1000], 4],
    [[0, 249, 498, 747, 996], 5],
    [[0, 5000, 5100, 5200, 9000], 3],
  ])('of %j at most %d are within a second', (instants, most) => {
    expect(mostWithin(instants, 1000)).toBe(most);
  });
});

test.each<[argv: string[], program: string[], args: string[]]>([
  [['node', '/bench/raw.ts', '--json'], ['/bench/raw.ts'], ['--json']],
  [
    ['electron', '--no-sandbox', '--disable-gpu', '/bench/main.mjs', '--mib', '64'],
    ['--no-sandbox', '--disable-gpu', '/bench/main.mjs'],
    ['--mib', '64'],
  ],
  [['node', '/bench/raw.ts'], ['/bench/raw.ts'], []],
])('%j is taken apart', (argv, program, args) => {
  expect(splitCommand(argv)).toEqual({ program, args });
});

describe('rows about the desktop program', () => {
  test('each is a session of its own, and has gauges with ids of their own', () => {
    for (const row of desktopRowIds) {
      expect(sessions).toContainEqual([row]);
      const ids = desktopRowFacts(row, scales.full).gauges.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  test.each([
    [fileGauges.share, 65, true],
    [fileGauges.share, 64.9, false],
    [fileGauges.updates, 4, true],
    [fileGauges.updates, 5, false],
    [idleGauges.shownMain, 0.49, true],
    [idleGauges.shownMain, 0.5, false],
  ])('%o is judged at %d', ({ target }, value, isMet) => {
    expect(target !== null && meetsTarget(target, value)).toBe(isMet);
  });

  test('a table shows the median with its target, each run, and why a run failed', () => {
    const run = (share: number) => ({ ok: true, measurement: { values: { share, rate: 123.4 } } }) as const;
    const runs = [run(70), { ok: false, text: 'no window', logTail: '' }, run(62), run(60)] as const;
    const text = formatGaugeRow({ id: 'desktop-file', ...desktopRowFacts('desktop-file', scales.full), runs });
    expect(text).toMatch(/^ {2}part of the bare stream +62 +% +at least 65: MISSED +70 62 60$/m);
    expect(text).toMatch(/^ {2}from close\(\) to visible +123 +MiB\/s +- +123 123 123$/m);
    expect(text).toMatch(/^ {2}CPU of the writer's main +- +s +-$/m);
    expect(text).toContain('run 2 failed: no window');
  });
});
