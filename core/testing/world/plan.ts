import type { HostOptions, Prng } from '../sim/index.ts';

export const actionsMin = 60;
export const faultsMin = 8;

/** One step of a plan, `afterMs` of virtual time after the one before. What exactly happens is drawn when it is taken. */
export type PlanStep = { readonly afterMs: number } & (
  | { readonly kind: 'action' }
  /** All users save the same bytes under the same name. */
  | { readonly kind: 'twins' }
  | { readonly kind: 'fault' }
  | { readonly kind: 'newcomer'; readonly host: HostOptions }
);

export interface Plan {
  readonly hosts: readonly HostOptions[];
  /** What each user does before the folder is shared. */
  readonly actionsBefore: number;
  readonly steps: readonly PlanStep[];
  /** Stores fail and are set back to earlier states as well. What a set-back store forgets excuses some things, so half of the plans have none. */
  readonly storeFaults: boolean;
}

const hostNames = ['anna', 'ben', 'cleo'];
const newcomerName = 'dora';
/** Small, so that it can be filled; large enough for everything that users write. */
const diskBytes = 48 * 1024 * 1024;

/** Who there is, and how many actions and faults come in which order and how fast. */
export function drawPlan(random: Prng): Plan {
  const hosts = hostNames.map((name) => drawHost(name, random));
  const kinds: ('action' | 'twins' | 'fault')[] = [];
  const actions = random.integer(actionsMin, actionsMin + 20);
  const faults = random.integer(faultsMin, faultsMin + 10);
  for (let i = 0; i < actions; i++) kinds.push('action');
  for (let i = 0; i < 2; i++) kinds.push('twins');
  for (let i = 0; i < faults; i++) kinds.push('fault');
  const haste = random.pick([0.3, 1, 1, 2]);
  const steps: PlanStep[] = random.shuffled(kinds).map((kind) => ({ kind, afterMs: drawGapMs(random) * haste }));
  if (random.chance(0.3)) {
    const at = random.integer(0, steps.length - 1);
    steps.splice(at, 0, { kind: 'newcomer', afterMs: 0, host: drawHost(newcomerName, random) });
  }
  // Drawn apart, so that a seed keeps its history with and without.
  const storeFaults = random.fork('store faults').chance(0.5);
  return { hosts, actionsBefore: random.integer(0, 4), steps, storeFaults };
}

function drawHost(name: string, random: Prng): HostOptions {
  return {
    name,
    suspendKind: random.pick(['linux', 'mac-windows'] as const),
    wallOffsetMs: random.chance(0.5) ? 0 : random.integer(-90_000, 90_000),
    disk: {
      capacityBytes: diskBytes,
      hardLinks: random.chance(0.8),
      exchange: random.chance(0.3),
      mtimeGranularityMs: random.chance(0.8) ? 1 : random.pick([10, 1000, 2000]),
      caseSensitive: random.chance(0.85),
      unicode: random.chance(0.8) ? 'exact' : random.pick(['insensitive', 'nfd'] as const),
      executableBit: random.chance(0.9),
    },
  };
}

/** Mostly bursts, so that things happen during other things; sometimes long enough for all to settle. */
function drawGapMs(random: Prng): number {
  const roll = random.fraction();
  if (roll < 0.35) return random.integer(0, 60);
  if (roll < 0.75) return random.integer(60, 1_000);
  if (roll < 0.96) return random.integer(1_000, 8_000);
  return random.integer(10_000, 60_000);
}
