import type { Result } from '../base/index.ts';
import { err, ok } from '../base/index.ts';
import type { FolderId, Roster, RosterStatement } from '../model/index.ts';
import { authorizedStatements, evaluateRoster, limits, orderStatements } from '../model/index.ts';
import type { Crypto, Store, StoreChange } from '../ports/index.ts';
import { storeRows } from '../ports/index.ts';
import { openStatement } from '../protocol/index.ts';
import { damaged } from './damaged.ts';
import type { FolderScopes } from './scopes.ts';

export type StatementRefusal = { readonly kind: 'malformed' | 'bad-signature' | 'missing-predecessor' | 'too-many'; readonly text: string };

/** The statements of one folder that count, and what they say together. */
export interface RosterLog {
  readonly statements: readonly RosterStatement[];
  readonly roster: Roster;
}

export async function loadRosterLog(store: Store, scopes: FolderScopes, folder: FolderId, crypto: Crypto): Promise<RosterLog> {
  const statements: RosterStatement[] = [];
  for await (const row of storeRows(store, scopes.roster)) {
    const opened = openStatement(row.value, (bytes) => crypto.sha256(bytes));
    if (!opened.ok) throw damaged(`roster: ${opened.error.text}`);
    statements.push(opened.value.content);
  }
  return { statements, roster: evaluateRoster(folder, statements) };
}

/** What taking `statements` would make of `log`. */
export interface RosterAddition {
  readonly log: RosterLog;
  readonly rows: readonly StoreChange[];
  readonly added: number;
  /** Set where a statement waits for others that are not here. The rest is taken all the same. */
  readonly refusal: StatementRefusal | undefined;
}

/**
 * Checks form and signature of `statements`, of which one bad one refuses all, and adds those whose predecessors are known. Statements
 * whose authors had no right to make them are left out silently: that never changes (ROS-1).
 */
export function addStatements(
  log: RosterLog,
  folder: FolderId,
  statements: readonly Uint8Array[],
  crypto: Crypto,
  scopes: FolderScopes,
): Result<RosterAddition, StatementRefusal> {
  const known = new Set(log.statements.map((statement) => statement.hash));
  const fresh = new Map<string, RosterStatement>();
  for (const bytes of statements) {
    const opened = openStatement(bytes, (input) => crypto.sha256(input));
    if (!opened.ok) return err({ kind: 'malformed', text: opened.error.text });
    const { content, signedBytes, signature } = opened.value;
    if (content.folder !== folder) return err({ kind: 'malformed', text: 'a statement about another folder' });
    if (known.has(content.hash) || fresh.has(content.hash)) continue;
    if (!crypto.verify(content.author, signedBytes, signature)) return err({ kind: 'bad-signature', text: `statement ${content.hash}` });
    fresh.set(content.hash, content);
    if (known.size + fresh.size > limits.rosterStatementsMax)
      return err({ kind: 'too-many', text: `more than ${limits.rosterStatementsMax} statements` });
  }
  const ordered = orderStatements(folder, [...log.statements, ...fresh.values()]);
  const counting = authorizedStatements(folder, ordered);
  const added = ordered.filter((statement) => fresh.has(statement.hash) && counting.has(statement.hash));
  const all = [...log.statements, ...added];
  return ok({
    log: added.length === 0 ? log : { statements: all, roster: evaluateRoster(folder, all) },
    rows: added.map((statement, index) => ({
      kind: 'put',
      scope: scopes.roster,
      key: statementKey(log.statements.length + index),
      value: statement.bytes,
    })),
    added: added.length,
    refusal: missingPredecessor(ordered, fresh),
  });
}

function missingPredecessor(
  ordered: readonly RosterStatement[],
  fresh: ReadonlyMap<string, RosterStatement>,
): StatementRefusal | undefined {
  const placed = new Set(ordered.map((statement) => statement.hash));
  const waiting = [...fresh.keys()].find((hash) => !placed.has(hash));
  return waiting === undefined ? undefined : { kind: 'missing-predecessor', text: `statement ${waiting} follows one that is not known` };
}

function statementKey(index: number): string {
  return index.toString().padStart(6, '0');
}
