import { StoreFailure } from '../../ports/index.ts';
import type { SqliteRows } from './sqlite-rows.ts';
import { storeError } from './sqlite-errors.ts';
import type { StoreReply, StoreRequest } from './store-messages.ts';
import { packTexts, packValues, unpackChanges } from './store-packing.ts';

/**
 * Carries out a batch of requests in order. All of its commits are one transaction, which costs one sync at most, durable if any of
 * them asks; reads between them see those before. If anything in it fails, all of it is undone and every request is carried out by
 * itself, so that exactly those fail that must. Once `isEnding` says so, no further request is begun.
 */
export function runBatch(rows: SqliteRows, batch: readonly StoreRequest[], isEnding: () => boolean): StoreReply[] {
  // Nothing comes after a close, and it cannot be within a transaction.
  const last = batch.at(-1);
  if (last?.kind === 'close' && batch.length > 1)
    return [...runBatch(rows, batch.slice(0, -1), isEnding), ...runEach(rows, [last], isEnding)];
  const commits = batch.filter((request) => request.kind === 'commit');
  if (commits.length < 2) return runEach(rows, batch, isEnding);
  const isDurable = commits.some(({ durable }) => durable);
  try {
    return runTogether(rows, batch, isDurable, isEnding);
  } catch (thrown) {
    // Throws again unless it is a failure of the disk.
    storeError(thrown);
    return runEach(rows, batch, isEnding);
  }
}

function runTogether(rows: SqliteRows, batch: readonly StoreRequest[], isDurable: boolean, isEnding: () => boolean): StoreReply[] {
  const replies: StoreReply[] = [];
  rows.transact(isDurable, () => {
    for (const request of batch) {
      refuseIf(isEnding());
      if (request.kind === 'commit') rows.apply(unpackChanges(request.changes));
      replies.push(request.kind === 'commit' ? { kind: 'done' } : run(rows, request));
    }
  });
  return replies;
}

function runEach(rows: SqliteRows, batch: readonly StoreRequest[], isEnding: () => boolean): StoreReply[] {
  return batch.map((request) => {
    try {
      refuseIf(isEnding());
      return run(rows, request);
    } catch (thrown) {
      return { kind: 'failed', error: storeError(thrown) };
    }
  });
}

function refuseIf(isEnding: boolean): void {
  if (isEnding) throw new StoreFailure({ kind: 'io', text: 'the program is ending' });
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
