import { bytesEqual } from '../../base/index.ts';
import type { WalkedObject } from '../sim/index.ts';
import { isUserPath } from './ledger.ts';

/** One device's tree and what its disk can express. */
export interface ComparedTree {
  readonly name: string;
  readonly objects: ReadonlyMap<string, WalkedObject>;
  readonly mtimeStepMs: number;
  readonly executableBit: boolean;
}

/** Where two trees differ in what is synced: names, kinds, content, executable bit, mtime of files, targets of links. */
export function treeDifferences(a: ComparedTree, b: ComparedTree): string[] {
  const differences: string[] = [];
  for (const path of new Set([...a.objects.keys(), ...b.objects.keys()])) {
    if (!isUserPath(path)) continue;
    const difference = objectDifference(a.objects.get(path), b.objects.get(path), a, b);
    if (difference !== undefined) differences.push(`${path}: ${difference} (${a.name} / ${b.name})`);
  }
  return differences.sort();
}

function objectDifference(
  a: WalkedObject | undefined,
  b: WalkedObject | undefined,
  treeA: ComparedTree,
  treeB: ComparedTree,
): string | undefined {
  if (!a || !b) return `${a ? a.kind : 'nothing'} / ${b ? b.kind : 'nothing'}`;
  if (a.kind !== b.kind) return `${a.kind} / ${b.kind}`;
  if (a.kind === 'link') return a.target === b.target ? undefined : `-> ${a.target} / -> ${b.target}`;
  if (a.kind !== 'file') return undefined;
  if (!bytesEqual(a.content, b.content)) return `content of ${a.content.length} / ${b.content.length} bytes`;
  const isBitKept = treeA.executableBit && treeB.executableBit;
  if (isBitKept && a.executable !== b.executable) return `executable ${a.executable} / ${b.executable}`;
  const stepMs = Math.max(treeA.mtimeStepMs, treeB.mtimeStepMs, 1);
  return Math.abs(Math.floor(a.mtimeMs) - Math.floor(b.mtimeMs)) < stepMs ? undefined : `mtime ${a.mtimeMs} / ${b.mtimeMs}`;
}
