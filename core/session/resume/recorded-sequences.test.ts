import { describe, expect, test } from 'vitest';
import type { ClockSample } from './clock-sample.ts';
import type { WakeSignal } from './fuse.ts';
import { awakeSince, fuse } from './fuse.ts';

/** `stops`: Linux, where the monotonic clock stands during sleep and boot time tells. `runs-on`: macOS and Windows. */
type ClockKind = 'stops' | 'runs-on';
const kinds: readonly ClockKind[] = ['stops', 'runs-on'];

/**
 * One line of a recording: the true time in seconds at which the program saw the signal, the signal, how long the host had slept by
 * then in all, and how far the wall clock had been set forward. Two numbers give all clocks of either kind.
 */
type Line = readonly [atS: number, signal: WakeSignal, sleptS: number, steppedS?: number];

interface Recording {
  readonly title: string;
  readonly lines: readonly Line[];
  /** What is expected, as `seconds action cause`; by kind of clock where that differs. */
  readonly expected: readonly string[] | Readonly<Record<ClockKind, readonly string[]>>;
}

/** A tick each second, `fromS` to `toS`, both included. */
function ticks(fromS: number, toS: number, sleptS = 0, steppedS = 0): Line[] {
  return Array.from({ length: Math.floor(toS - fromS) + 1 }, (_, index) => [fromS + index, 'tick', sleptS, steppedS]);
}

/** Woken for maintenance every 15 min, 55 s each, while the lid is closed: `count` times from `fromS` on, asleep in between. */
function darkWakes(fromS: number, count: number): { readonly lines: Line[]; readonly expected: string[]; readonly sleptS: number } {
  const lines: Line[] = [];
  const expected: string[] = [];
  for (let i = 0; i < count; i++) {
    const wakeS = fromS + (i + 1) * 900 + i * 55;
    // The first tick comes up to a second after the wake.
    lines.push(...ticks(wakeS + 0.4, wakeS + 54.4, (i + 1) * 900));
    expected.push(`${wakeS + 0.4} resume clock`);
  }
  return { lines, expected, sleptS: count * 900 };
}
const dark = darkWakes(5.2, 4);
const darkOverS = 5.2 + 5 * 900 + 4 * 55;

const recordings: readonly Recording[] = [
  { title: 'an hour awake', lines: ticks(1, 3600), expected: [] },
  {
    title: 'a sleep of a minute that everybody tells of, twice',
    lines: [
      ...ticks(1, 5),
      [5.2, 'power-suspend', 0],
      [65.5, 'power-resume', 60],
      [65.6, 'power-resume', 60],
      [66.1, 'tick', 60],
      [66.2, 'network-changed', 60],
      ...ticks(67, 90, 60),
    ],
    expected: ['5.2 suspend power', '65.5 resume clock', '66.2 network-changed'],
  },
  {
    title: 'a sleep that only the tick shows',
    lines: [...ticks(1, 5), [605.4, 'tick', 600], ...ticks(606, 640, 600)],
    expected: ['605.4 resume clock'],
  },
  {
    title: 'a frame comes before the first tick after the wake',
    lines: [...ticks(1, 5), [45.01, 'look', 40], [45.02, 'look', 40], [45.9, 'tick', 40], ...ticks(47, 60, 40)],
    expected: ['45.01 resume clock'],
  },
  {
    title: 'a network that changes is how the wake is seen first',
    lines: [...ticks(1, 5), [305.1, 'network-changed', 300], [305.6, 'tick', 300], [305.7, 'power-resume', 300]],
    expected: ['305.1 resume clock', '305.1 network-changed'],
  },
  {
    title: 'a suspend that arrives at the wake, just before the resume (macOS)',
    lines: [...ticks(1, 5), [125.1, 'power-suspend', 120], [125.2, 'power-resume', 120], [125.9, 'tick', 120], ...ticks(127, 150, 120)],
    expected: ['125.1 resume clock'],
  },
  {
    title: 'a suspend that arrives at the wake, after the tick (macOS)',
    lines: [...ticks(1, 5), [125.4, 'tick', 120], [125.5, 'power-suspend', 120], [125.6, 'power-resume', 120], ...ticks(126, 150, 120)],
    expected: ['125.4 resume clock'],
  },
  {
    title: 'a resume without a suspend and without a sleep, three times in 5 s and once a minute later',
    lines: [
      ...ticks(1, 5),
      [5.5, 'power-resume', 0],
      [6.5, 'power-resume', 0],
      [10, 'power-resume', 0],
      ...ticks(11, 69),
      [70, 'power-resume', 0],
    ],
    expected: ['5.5 resume power', '70 resume power'],
  },
  {
    title: 'a suspend that no sleep follows for 10 s was none; the sleep that comes later is seen',
    lines: [...ticks(1, 5), [5.5, 'power-suspend', 0], ...ticks(6, 20), [320.3, 'tick', 300], ...ticks(321, 330, 300)],
    expected: ['5.5 suspend power', '16 resume no-sleep', '320.3 resume clock'],
  },
  {
    title: 'a suspend that is told twice is one',
    lines: [...ticks(1, 5), [5.5, 'power-suspend', 0], [5.6, 'power-suspend', 0], [65.7, 'power-resume', 60], ...ticks(66, 80, 60)],
    expected: ['5.5 suspend power', '65.7 resume clock'],
  },
  {
    title: 'two sleeps in a row are two resumes',
    lines: [
      ...ticks(1, 5),
      [5.5, 'power-suspend', 0],
      [65.7, 'power-resume', 60],
      ...ticks(66, 75, 60),
      [75.5, 'power-suspend', 60],
      [135.8, 'power-resume', 120],
      ...ticks(136, 150, 120),
    ],
    expected: ['5.5 suspend power', '65.7 resume clock', '75.5 suspend power', '135.8 resume clock'],
  },
  {
    title: 'a lid closed over an hour: dark wakes of 55 s, of which the platform says nothing, then the person comes back',
    lines: [
      ...ticks(1, 5),
      [5.1, 'power-suspend', 0],
      ...dark.lines,
      [darkOverS + 0.3, 'power-resume', dark.sleptS + 900],
      ...ticks(darkOverS + 1, darkOverS + 30, dark.sleptS + 900),
    ],
    expected: ['5.1 suspend power', ...dark.expected, `${darkOverS + 0.3} resume clock`],
  },
  {
    title: 'dark wakes that the platform calls suspends and resumes',
    lines: [
      ...ticks(1, 5),
      [5.1, 'power-suspend', 0],
      [905.5, 'power-resume', 900],
      ...ticks(906, 959, 900),
      [960, 'power-suspend', 900],
      [1860.5, 'tick', 1800],
      [1860.6, 'power-resume', 1800],
      ...ticks(1861, 1900, 1800),
    ],
    expected: ['5.1 suspend power', '905.5 resume clock', '960 suspend power', '1860.5 resume clock'],
  },
  {
    title: 'the clock is set back an hour and forward again: a resume that does no harm, never a suspend',
    lines: [...ticks(1, 5), ...ticks(6, 9, 0, -3600), ...ticks(10, 30, 0, 0)],
    expected: ['10 resume clock'],
  },
  {
    title: 'the clock is slewed by half a second a second',
    lines: [...ticks(1, 30).map(([atS, signal, sleptS], index): Line => [atS, signal, sleptS, index * 0.5])],
    expected: [],
  },
  {
    title: 'a busy event loop merely looks like a sleep, except where the clocks cannot tell; 3 s are nothing',
    lines: [...ticks(1, 5), [8.9, 'tick', 0], [28.9, 'tick', 0], ...ticks(30, 40), [48, 'look', 0]],
    expected: { stops: ['28.9 resume stall', '48 resume stall'], 'runs-on': ['28.9 resume clock', '48 resume clock'] },
  },
  {
    title: 'a suspend told while the event loop was busy is still one, where the clocks show that nobody slept',
    lines: [...ticks(1, 5), [15, 'power-suspend', 0], [75.2, 'power-resume', 60], ...ticks(76, 90, 60)],
    expected: { stops: ['15 suspend power', '75.2 resume clock'], 'runs-on': ['15 resume clock', '75.2 resume clock'] },
  },
  {
    title: 'a suspend by hand lasts through sleeps, the word of the platform and changes of the network',
    lines: [
      ...ticks(1, 5),
      [5.5, 'hand-suspend', 0],
      [5.6, 'hand-suspend', 0],
      ...ticks(6, 65),
      [66, 'power-suspend', 0],
      [126.2, 'power-resume', 60],
      [126.3, 'network-changed', 60],
      ...ticks(127, 140, 60),
      [141, 'hand-resume', 60],
      [142, 'hand-resume', 60],
      ...ticks(143, 160, 60),
    ],
    expected: ['5.5 suspend hand', '126.3 network-changed', '141 resume hand', '142 resume hand'],
  },
  {
    title: 'a suspend by hand takes over one of the platform',
    lines: [...ticks(1, 5), [5.5, 'power-suspend', 0], [5.6, 'hand-suspend', 0], ...ticks(6, 30), [31, 'hand-resume', 0]],
    expected: ['5.5 suspend power', '31 resume hand'],
  },
];

/** Short sleeps are below what a clock that runs on can show; boot time shows any. */
const shortSleep: Recording = {
  title: 'a sleep of 2 s',
  lines: [...ticks(1, 5), [7.4, 'look', 2], [8, 'tick', 2], ...ticks(9, 20, 2)],
  expected: { stops: ['7.4 resume clock'], 'runs-on': [] },
};

function clocksOf(kind: ClockKind, [atS, , sleptS, steppedS = 0]: Line): ClockSample {
  const wallMs = 1_700_000_000_000 + (atS + steppedS) * 1000;
  return kind === 'stops'
    ? { wallMs, monoMs: (atS - sleptS) * 1000, driftMs: sleptS * 1000 + 7 }
    : { wallMs, monoMs: atS * 1000, driftMs: undefined };
}

function replay(kind: ClockKind, lines: readonly Line[]): string[] {
  let state = awakeSince(clocksOf(kind, [0, 'tick', 0]));
  const actions: string[] = [];
  for (const line of lines) {
    const fused = fuse(state, line[1], clocksOf(kind, line));
    state = fused.state;
    for (const action of fused.actions)
      actions.push(action.kind === 'network-changed' ? `${line[0]} ${action.kind}` : `${line[0]} ${action.kind} ${action.cause}`);
  }
  return actions;
}

describe.each(kinds)('recorded sequences on a clock that %s', (kind) => {
  test.each([...recordings, shortSleep])('SES-6 $title', ({ lines, expected }) => {
    expect(lines.map(([atS]) => atS)).toEqual(lines.map(([atS]) => atS).toSorted((a, b) => a - b));
    expect(replay(kind, lines)).toEqual(Array.isArray(expected) ? expected : (expected as Record<ClockKind, readonly string[]>)[kind]);
  });

  test('SES-6 a clock that shows how long the host slept tells it', () => {
    const slept = fuse(awakeSince(clocksOf(kind, [5, 'tick', 0])), 'power-resume', clocksOf(kind, [66, 'tick', 60]));
    expect(slept.actions).toEqual([{ kind: 'resume', cause: 'clock', sleptMs: 60_000 }]);
  });
});
