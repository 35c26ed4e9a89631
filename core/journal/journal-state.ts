import type { Floor, JournalId } from '../model/index.ts';
import { isJournalId } from '../model/index.ts';
import type { CborValue } from '../protocol/index.ts';
import { decodeCbor, encodeCbor, isCount, isRecord, openFloor } from '../protocol/index.ts';
import type { Chain, Chains } from './chains.ts';
import { noChains } from './chains.ts';
import { damaged } from './damaged.ts';

/** What is kept in memory and in one row about one journal. */
export interface JournalState {
  readonly journal: JournalId;
  /** This store's own short name for it, used in keys. Never reused. */
  readonly number: number;
  readonly chains: Chains;
  /** Entries of it that are heads: what a compacted journal would hold. */
  readonly headsCount: number;
}

export function newJournalState(journal: JournalId, number: number): JournalState {
  return { journal, number, chains: noChains, headsCount: 0 };
}

export function encodeJournalState(state: JournalState): Uint8Array {
  const { main, pending, awaited } = state.chains;
  return encodeCbor({ n: state.number, c: state.headsCount, m: chainToRecord(main), p: pending.map(chainToRecord), a: awaited?.bytes });
}

export function decodeJournalState(journal: string, bytes: Uint8Array): JournalState {
  const decoded = decodeCbor(bytes);
  if (!decoded.ok || !isRecord(decoded.value) || !isJournalId(journal)) throw damaged('journal state');
  const { n, c, m, p, a } = decoded.value;
  if (!isCount(n) || !isCount(c) || !Array.isArray(p)) throw damaged('journal state');
  const chains: Chains = { main: chainFromRecord(m), pending: (p as unknown[]).map(chainFromRecord), awaited: floorFromRecord(a) };
  return { journal, number: n, chains, headsCount: c };
}

function chainToRecord(chain: Chain): CborValue {
  return { f: chain.first, e: chain.end, h: chain.endHash, b: chain.beforeHash, l: chain.floor?.bytes };
}

function chainFromRecord(record: unknown): Chain {
  if (!isRecord(record)) throw damaged('chain');
  const { f, e, h, b, l } = record;
  if (!isCount(f) || !isCount(e) || typeof h !== 'string' || typeof b !== 'string') throw damaged('chain');
  return { first: f, end: e, endHash: h, beforeHash: b, floor: floorFromRecord(l) };
}

/** Only floors whose signature was checked are stored. */
function floorFromRecord(bytes: unknown): Floor | undefined {
  if (!(bytes instanceof Uint8Array)) return undefined;
  const floor = openFloor(bytes);
  if (!floor.ok) throw damaged('floor');
  return floor.value.content;
}

/** One batch as the scope `chain` tells it: `LAST HASH BYTES`. */
export interface ChainLink {
  readonly first: number;
  readonly last: number;
  readonly hash: string;
  readonly bytes: number;
}

export function linkText(link: Omit<ChainLink, 'first'>): string {
  return `${link.last} ${link.hash} ${link.bytes}`;
}

export function parseLink(first: number, text: string): ChainLink {
  const [last = '', hash = '', bytes = ''] = text.split(' ');
  return { first, last: Number(last), hash, bytes: Number(bytes) };
}
