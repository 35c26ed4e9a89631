import { HOUR_MS, MIB, MINUTE_MS, SECOND_MS } from '../../core/base/index.ts';
import { fixtureIds } from './window-fixture-ids.ts';

// What the fixture tells of the past: lanes, finished transfers, blocks of a running one.

type SegmentState = 'awake' | 'asleep' | 'recovering' | 'offline' | 'off' | 'unknown';

interface Wake {
  readonly at: string;
  readonly cause: string;
  readonly asleepSince: string | null;
  readonly referencesCleared: number;
  readonly clearedAfterMs: number | null;
  readonly liveAfterMs: number | null;
  readonly metadataEvenAfterMs: number | null;
  readonly dataEvenAfterMs: number | null;
  readonly ended: 'even' | 'interrupted' | null;
}

interface Lane {
  readonly device: string;
  readonly name: string;
  readonly segments: readonly { readonly state: SegmentState; readonly from: string; readonly to: string | null }[];
  readonly wakes: readonly Wake[];
}

/** A day of this device and three others. Each piece is a state and the hours before now at which it began. */
export function fixtureLanes(now: Date): { readonly now: string; readonly self: Lane; readonly devices: readonly Lane[] } {
  const at = (hoursAgo: number): string => new Date(now.getTime() - hoursAgo * HOUR_MS).toISOString();
  const lane = (device: string, name: string, pieces: readonly (readonly [SegmentState, number])[], wakes: readonly Wake[]): Lane => ({
    device,
    name,
    segments: pieces.map(([state, from], index) => {
      const next = pieces[index + 1];
      return { state, from: at(from), to: next === undefined ? null : at(next[1]) };
    }),
    wakes,
  });
  const wake = (hoursAgo: number, sleptHours: number, liveMs: number, evenMs: number | null, cause = 'peer-wake'): Wake => ({
    at: at(hoursAgo),
    cause,
    asleepSince: at(hoursAgo + sleptHours),
    referencesCleared: Math.round(sleptHours * 3),
    clearedAfterMs: 4,
    liveAfterMs: liveMs,
    metadataEvenAfterMs: liveMs + 90,
    dataEvenAfterMs: evenMs,
    ended: evenMs === null ? 'interrupted' : 'even',
  });
  return {
    now: now.toISOString(),
    self: lane(
      fixtureIds.self,
      "Mia's laptop",
      [
        ['awake', 24],
        ['asleep', 15.2],
        ['awake', 7.1],
        ['asleep', 4.6],
        ['awake', 3.9],
      ],
      [wake(7.1, 8.1, 380, 2400, 'wake'), wake(3.9, 0.7, 290, 900, 'wake')],
    ),
    devices: [
      lane(
        fixtureIds.thinkpad,
        "Anna's ThinkPad",
        [
          ['unknown', 24],
          ['awake', 22],
          ['asleep', 19],
          ['recovering', 11.1],
          ['awake', 11],
          ['asleep', 9.4],
          ['recovering', 6.4],
          ['awake', 6.2],
          ['asleep', 2.3],
        ],
        [wake(11.1, 7.9, 420, 61_000), wake(6.4, 3, 310, null)],
      ),
      lane(fixtureIds.nas, 'nas', [['awake', 24]], []),
      lane(
        fixtureIds.studio,
        'Studio MacBook',
        [
          ['offline', 24],
          ['recovering', 10],
          ['awake', 9.7],
          ['off', 5.1],
          ['recovering', 0.4],
        ],
        [wake(10, 14, 1900, 740_000), { ...wake(0.4, 4.7, 510, null, 'returned'), ended: null }],
      ),
    ],
  };
}

/** `count` transfers that are over, newest first. */
export function fixtureActivity(now: Date, count: number): { readonly finished: readonly unknown[] } {
  const kinds = ['fetched', 'fetched', 'sent', 'local'] as const;
  return {
    finished: Array.from({ length: count }, (_, index) => {
      const kind = kinds[index % kinds.length] ?? 'local';
      const bytes = (3 + (index % 17) * 4) * MIB;
      return {
        folder: 'a0'.repeat(32),
        path: `2026/11 November/IMG_${4409 - index}.dng`,
        bytes,
        at: new Date(now.getTime() - index * 2 * MINUTE_MS - 9 * SECOND_MS).toISOString(),
        tookMs: 900 + (index % 5) * 700,
        kind,
        sources:
          kind === 'local'
            ? []
            : kind === 'sent'
              ? [{ device: fixtureIds.studio, bytes }]
              : [
                  { device: fixtureIds.nas, bytes: bytes / 2 },
                  { device: fixtureIds.studio, bytes: bytes / 2 },
                ],
      };
    }),
  };
}

type BlockCellState = 'missing' | 'asked' | 'overdue' | 'hedged' | 'arrived';

interface BlockCell {
  readonly device: string | null;
  readonly state: BlockCellState;
  readonly share: number;
}

/** A file of which `part` is there, in runs from `devices` in turn, with some blocks overdue and one asked twice. */
export function fixtureBlocks(devices: readonly string[], count: number, part: number): { count: number; cells: BlockCell[] } {
  const runs = 14;
  const [first, second] = [devices[0] ?? null, devices.at(-1) ?? null];
  const isShared = devices.length > 1;
  const arrived = Array.from({ length: runs }, (_, index): BlockCell => {
    const device = index === 3 ? 'local' : index % 3 === 1 ? second : first;
    return { device, state: 'arrived', share: part / runs };
  });
  const asked: readonly BlockCell[] = [
    { device: first, state: 'asked', share: 0.03 },
    { device: second, state: isShared ? 'overdue' : 'asked', share: 0.015 },
    { device: first, state: isShared ? 'hedged' : 'asked', share: 0.01 },
  ];
  const rest = 1 - part - 0.055;
  return { count, cells: [...arrived, ...asked, { device: null, state: 'missing', share: rest }] };
}
