import { MIB } from '../../core/base/index.ts';
import type { DesktopRowId } from './desktop-row-ids.ts';
import type { Scale } from './rows.ts';

/** What a gauge is to reach, in its own unit; `at-most` and `at-least` include the value. */
export interface GaugeTarget {
  readonly kind: 'under' | 'at-most' | 'at-least';
  readonly value: number;
}

/** One figure of a row about the desktop program. */
export interface GaugeFacts {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly target: GaugeTarget | null;
}

export interface DesktopRowFacts {
  readonly title: string;
  readonly gauges: readonly GaugeFacts[];
}

const gauge = (id: string, title: string, unit: string, target: GaugeTarget | null = null): GaugeFacts => ({ id, title, unit, target });

/** The rate of a file beside a bare stream, and what the transfer may cost those who look on. */
export const fileGauges = {
  rate: gauge('rate', 'from close() to visible', 'MiB/s'),
  streamRate: gauge('stream-rate', 'bare libp2p stream between two Electrons', 'MiB/s'),
  share: gauge('share', 'part of the bare stream', '%', { kind: 'at-least', value: 65 }),
  channelRate: gauge('channel-rate', 'a channel of our transport alone between two Electrons', 'MiB/s'),
  writerDelay: gauge('writer-delay', "event-loop delay of the writer's main, p99", 'ms', { kind: 'under', value: 30 }),
  readerDelay: gauge('reader-delay', "event-loop delay of the reader's main, p99", 'ms', { kind: 'under', value: 30 }),
  streamDelay: gauge('stream-delay', 'the same in the bare stream, the later of both', 'ms'),
  updates: gauge('updates', 'most updates of a window within a second', '', { kind: 'at-most', value: 4 }),
  writerCpu: gauge('writer-cpu', "CPU of the writer's main", 's'),
  readerCpu: gauge('reader-cpu', "CPU of the reader's main", 's'),
  streamCpu: gauge('stream-cpu', 'CPU of both ends of the bare stream', 's'),
} as const;

export const startGauges = {
  firstPaint: gauge('first-paint', "from the program's start to the first content in its window", 's', { kind: 'under', value: 1.5 }),
  nextPaint: gauge('next-paint', 'the same with a home that was used before', 's', { kind: 'under', value: 1.5 }),
} as const;

export const idleGauges = {
  shownMain: gauge('shown-main', 'main, window shown', '% of a core', { kind: 'under', value: 0.5 }),
  shownAll: gauge('shown-all', 'all its processes, window shown', '% of a core'),
  hiddenMain: gauge('hidden-main', 'main, window hidden', '% of a core', { kind: 'under', value: 0.5 }),
  hiddenAll: gauge('hidden-all', 'all its processes, window hidden', '% of a core'),
} as const;

export const listGauges = {
  nodes: gauge('nodes', 'most nodes in the page', ''),
  opening: gauge('opening', 'longest opening of a view', 'ms'),
  openingTask: gauge('opening-task', 'longest task of the page while views open', 'ms'),
  scrollTask: gauge('scroll-task', 'longest task of the page while lists scroll', 'ms'),
  frameGap: gauge('frame-gap', 'longest time between two frames while lists scroll', 'ms'),
} as const;

export function desktopRowFacts(row: DesktopRowId, scale: Scale): DesktopRowFacts {
  switch (row) {
    case 'desktop-file':
      return {
        title: `Desktop: one new file of ${scale.largeFileBytes / MIB} MiB between two, both windows showing it live`,
        gauges: Object.values(fileGauges),
      };
    case 'desktop-start':
      return { title: 'Desktop: from start to window', gauges: Object.values(startGauges) };
    case 'desktop-idle':
      return {
        title: `Desktop: idle for ${scale.idleSeconds} s, linked to another one, ${scale.idleFileCount} files up to date`,
        gauges: Object.values(idleGauges),
      };
    case 'desktop-lists':
      return {
        title: `Desktop: ${scale.listFileCount} files in a folder and ${scale.listConflictCount} conflicts`,
        gauges: Object.values(listGauges),
      };
  }
}

/** Whether a value reaches its target. */
export function meetsTarget({ kind, value: wanted }: GaugeTarget, value: number): boolean {
  if (kind === 'under') return value < wanted;
  return kind === 'at-most' ? value <= wanted : value >= wanted;
}

/** What was found for some gauges. */
export type GaugeValues = ReadonlyMap<GaugeFacts, number>;
