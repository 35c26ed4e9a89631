import { decodeCbor, encodeCbor, isCount, isRecord } from '../protocol/index.ts';
import type { PathTally } from './derived-rows.ts';
import { damaged } from './damaged.ts';

/** Sums of all paths' tallies, kept in the same commits as the paths. */
export type Counters = PathTally;

export const zeroCounters: Counters = { files: 0, bytes: 0, wanted: 0, wantedBytes: 0, missing: 0, missingBytes: 0, history: 0 };

export function addTally(counters: Counters, tally: PathTally, sign: 1 | -1): Counters {
  return {
    files: counters.files + sign * tally.files,
    bytes: counters.bytes + sign * tally.bytes,
    wanted: counters.wanted + sign * tally.wanted,
    wantedBytes: counters.wantedBytes + sign * tally.wantedBytes,
    missing: counters.missing + sign * tally.missing,
    missingBytes: counters.missingBytes + sign * tally.missingBytes,
    history: counters.history + sign * tally.history,
  };
}

export function sameCounters(a: Counters, b: Counters): boolean {
  return (Object.keys(zeroCounters) as (keyof Counters)[]).every((name) => a[name] === b[name]);
}

export function encodeCounters(counters: Counters): Uint8Array {
  return encodeCbor({ ...counters });
}

export function decodeCounters(bytes: Uint8Array | undefined): Counters {
  if (!bytes) return zeroCounters;
  const decoded = decodeCbor(bytes);
  if (!decoded.ok || !isRecord(decoded.value)) throw damaged('counters');
  const counter = (value: unknown): number => {
    if (!isCount(value)) throw damaged('counters');
    return value;
  };
  const { files, bytes: sum, wanted, wantedBytes, missing, missingBytes, history } = decoded.value;
  return {
    files: counter(files),
    bytes: counter(sum),
    wanted: counter(wanted),
    wantedBytes: counter(wantedBytes),
    missing: counter(missing),
    missingBytes: counter(missingBytes),
    history: counter(history),
  };
}
