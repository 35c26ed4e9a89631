import { textFromUtf8 } from '../../base/index.ts';
import { addTally, decodeCounters, zeroCounters } from '../../journal/counters.ts';
import { headRows, placeRows, tallyOf } from '../../journal/derived-rows.ts';
import type { DerivedRow, PageSpans } from '../../journal/derived-rows.ts';
import { countersKey } from '../../journal/folder-state.ts';
import type { JournalState } from '../../journal/journal-state.ts';
import { decodeJournalState, parseLink } from '../../journal/journal-state.ts';
import { decodeHeads, decodeHistory } from '../../journal/path-records.ts';
import { decodeProblem } from '../../journal/problem-codec.ts';
import { folderScopes, journalPrefix, sequenceOfPlaceKey } from '../../journal/scopes.ts';
import type { HeldReason } from '../../journal/index.ts';
import type { BlockName, FolderId } from '../../model/index.ts';
import { unpackBlocks } from '../../model/index.ts';
import type { Store } from '../../ports/index.ts';
import { storeRows } from '../../ports/index.ts';

/**
 * Recomputes every index and counter of a folder from its heads and its history, and every chain from its batches; returns one line for
 * each difference from what is stored.
 */
export async function auditFolder(store: Store, folder: FolderId): Promise<string[]> {
  const scopes = folderScopes(folder);
  const faults: string[] = [];
  const journals = new Map<string, JournalState>();
  for await (const row of storeRows(store, scopes.journals)) journals.set(row.key, decodeJournalState(row.key, row.value));
  const names = new Map([...journals.values()].map((state) => [state.number, state.journal]));
  const numbers = { numberOf: (journal: string) => journals.get(journal)?.number, journalOf: (number: number) => names.get(number) };
  const expected = new Map<string, DerivedRow>();
  const headCounts = new Map<string, number>();
  let counters = zeroCounters;
  const keys = new Set<string>();
  for (const scope of [scopes.heads, scopes.history, scopes.held, scopes.problems])
    for await (const row of storeRows(store, scope)) keys.add(row.key);
  const spans = new Map<BlockName, PageSpans>();
  for (const key of keys) {
    const [headBytes, historyBytes, heldBytes, problemBytes] = await Promise.all(
      [scopes.heads, scopes.history, scopes.held, scopes.problems].map((scope) => store.get(scope, key)),
    );
    const heads = headBytes ? decodeHeads(headBytes, numbers) : [];
    const history = historyBytes ? decodeHistory(historyBytes, numbers) : undefined;
    const heldText = heldBytes ? (textFromUtf8(heldBytes) as HeldReason) : undefined;
    const held = heldText ?? (problemBytes && decodeProblem(problemBytes).permanent ? 'problem' : undefined);
    const snap = history?.entry.snap;
    if (snap?.kind === 'file' && snap.blocks.kind === 'paged') spans.set(snap.blocks.root, await spansOf(store, scopes, snap.blocks.root));
    const context = {
      scopes,
      journalNumber: (journal: string) => journals.get(journal)?.number ?? -1,
      pageSpans: (root: BlockName) => spans.get(root) ?? [],
    };
    for (const row of [...headRows({ heads, history, held }, key, context), ...placeRows(history, key, context)])
      expected.set(`${row.scope}\n${row.key}`, row);
    for (const head of heads) headCounts.set(head.ref.journal, (headCounts.get(head.ref.journal) ?? 0) + 1);
    counters = addTally(counters, tallyOf({ heads, history, held }), 1);
  }
  for (const scope of [scopes.index, scopes.unapplied, scopes.live, scopes.wanted, scopes.conflicts, scopes.named, scopes.places]) {
    for await (const row of storeRows(store, scope)) {
      const id = `${scope}\n${row.key}`;
      const text = textFromUtf8(row.value);
      if (expected.get(id)?.text !== text) faults.push(`${id}: stored ${text}, expected ${expected.get(id)?.text}`);
      expected.delete(id);
    }
  }
  for (const id of expected.keys()) faults.push(`${id}: missing`);
  const stored = decodeCounters(await store.get(scopes.meta, countersKey));
  if (JSON.stringify(stored) !== JSON.stringify(counters))
    faults.push(`counters: stored ${JSON.stringify(stored)}, expected ${JSON.stringify(counters)}`);
  for (const state of journals.values()) {
    if (state.headsCount !== (headCounts.get(state.journal) ?? 0))
      faults.push(`${state.journal}: ${state.headsCount} heads stored, ${headCounts.get(state.journal)} counted`);
    faults.push(...(await auditChains(store, folder, state)));
  }
  return faults;
}

async function auditChains(store: Store, folder: FolderId, state: JournalState): Promise<string[]> {
  const scopes = folderScopes(folder);
  const faults: string[] = [];
  const links = [];
  for await (const row of storeRows(store, scopes.chain, { prefix: journalPrefix(state.number) }))
    links.push(parseLink(sequenceOfPlaceKey(row.key), textFromUtf8(row.value) ?? ''));
  for (const chain of [state.chains.main, ...state.chains.pending]) {
    let next = chain.first;
    while (next <= chain.end) {
      const at = links.findIndex((link) => link.first === next);
      const [link] = at < 0 ? [] : links.splice(at, 1);
      if (!link) {
        faults.push(`${state.journal}: no batch at ${next} of ${chain.first}-${chain.end}`);
        break;
      }
      next = link.last + 1;
      if (link.last === chain.end && link.hash !== chain.endHash) faults.push(`${state.journal}: hash at the end of a chain`);
    }
  }
  for (const link of links) faults.push(`${state.journal}: batch at ${link.first} belongs to no chain`);
  const batches = await store.count(scopes.batches, { prefix: journalPrefix(state.number) });
  const count = await store.count(scopes.chain, { prefix: journalPrefix(state.number) });
  if (batches !== count) faults.push(`${state.journal}: ${batches} batches, ${count} links`);
  return faults;
}

async function spansOf(store: Store, scopes: ReturnType<typeof folderScopes>, root: BlockName): Promise<PageSpans> {
  const bytes = await store.get(scopes.pages, root);
  const spans: { name: BlockName; offset: number }[] = [];
  let offset = 0;
  for (const page of bytes ? (unpackBlocks(bytes) ?? []) : []) {
    const leaf = await store.get(scopes.pages, page.name);
    if (!leaf) break;
    spans.push({ name: page.name, offset });
    offset += (unpackBlocks(leaf) ?? []).reduce((sum, block) => sum + block.size, 0);
  }
  return spans;
}
