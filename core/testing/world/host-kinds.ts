import type { HostOptions } from '../sim/index.ts';

/** How machines differ in what matters to syncing, by the names under which they are counted. */
const hostKinds: Readonly<Record<string, (host: HostOptions) => boolean>> = {
  clockStopsInSleep: ({ suspendKind }) => suspendKind === 'linux',
  clockRunsInSleep: ({ suspendKind }) => suspendKind === 'mac-windows',
  noHardLinks: ({ disk }) => disk?.hardLinks === false,
  coarseMtimes: ({ disk }) => (disk?.mtimeGranularityMs ?? 1) > 1,
  caseFolded: ({ disk }) => disk?.caseSensitive === false,
  unicodeFolded: ({ disk }) => disk?.unicode === 'insensitive',
  unicodeDecomposed: ({ disk }) => disk?.unicode === 'nfd',
  noExecutableBit: ({ disk }) => disk?.executableBit === false,
};

/** What a number of plans must have met. */
export const hostKindNames: readonly string[] = Object.keys(hostKinds);

export function hostKindsOf(host: HostOptions): readonly string[] {
  return Object.entries(hostKinds)
    .filter(([, isOne]) => isOne(host))
    .map(([name]) => name);
}
