import type { SqliteRows } from './sqlite-rows.ts';
import { storeError } from './sqlite-errors.ts';
import type { StoreReply, StoreRequest } from './store-messages.ts';
import { packTexts, packValues, unpackChanges } from './store-packing.ts';

/**
 * Carries out a batch of requests in order. All of its commits are one transaction, which costs one sync at most, durable if any of
 * them asks; reads between them see those before. If anything in it fails, all of it is undone and every request is carried out by
 * itself, so that exactly those fail that must.
 */
export function runBatch(rows: SqliteRows, batch: readonly StoreRequest[]): StoreReply[] {
  // Nothing comes after a close, and it cannot be within a transaction.
  const last = batch.at(-1);
  if (last?.kind === 'close' && batch.length > 1) return [...runBatch(rows, batch.slice(0, -1)), runAlone(rows, last)];
  const commits = batch.filter((request) => request.kind === 'commit');
  if (commits.length < 2) return batch.map((request) => runAlone(rows, request));
  const replies: StoreReply[] = [];
  try {
    rows.transact(
      commits.some(({ durable }) => durable),
      () => {
        for (const request of batch) replies.push(request.kind === 'commit' ? applyCommit(rows, request) : run(rows, request));
      },
    );
    return replies;
  } catch (thrown) {
    // Throws again unless it is a failure of the disk.
    storeError(thrown);
    return batch.map((request) => runAlone(rows, request));
  }
}

function runAlone(rows: SqliteRows, request: StoreRequest): StoreReply {
  try {
    return run(rows, request);
  } catch (thrown) {
    return { kind: 'failed', error: storeError(thrown) };
  }
}

function applyCommit(rows: SqliteRows, request: Extract<StoreRequest, { kind: 'commit' }>): StoreReply {
  rows.apply(unpackChanges(request.changes));
  return { kind: 'done' };
}

function run(rows: SqliteRows, request: StoreRequest): StoreReply {
  switch (request.kind) {
    case 'get':
      return { kind: 'values', values: packValues(request.keys.map((key) => rows.get(request.scope, key))) };
    case 'scan': {
      const found = rows.scan(request.scope, request.range);
      return { kind: 'rows', keys: packTexts(found.map(({ key }) => key)), values: packValues(found.map(({ value }) => value)) };
    }
    case 'count':
      return { kind: 'count', count: rows.count(request.scope, request.range) };
    case 'commit':
      rows.commit(unpackChanges(request.changes), request.durable);
      return { kind: 'done' };
    case 'close':
      rows.close();
      return { kind: 'done' };
  }
}
