import { assert, compareUtf8 } from '../base/index.ts';
import type { DeviceId, FolderId, JournalId } from './ids.ts';
import { compareDeviceIds, journalDevice } from './ids.ts';
import { limits } from './limits.ts';
import type { Role, Roster, RosterMember, RosterStatement } from './roster.ts';
import { AncestorSets, orderStatements } from './roster-order.ts';

/** A statement whose author had the right to make it, with its place in the order of causes. */
interface Effective {
  readonly statement: RosterStatement;
  readonly index: number;
}

/** What the statements about one device say together. */
type Standing =
  | { readonly kind: 'member'; readonly grant: RosterStatement; readonly role: Role }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'stranger' };

const roleRank: Readonly<Record<Role, number>> = { reader: 0, writer: 1, owner: 2 };
const stranger: Standing = { kind: 'stranger' };

/**
 * What all statements of a folder say together (ROS-1, ROS-2). Pure, and the same for every order of `statements`: whether a statement
 * counts is judged in the state made of its own ancestors only, and what counts is combined without looking at arrival.
 * Statements of other folders and those with a missing predecessor are left out. At most `limits.rosterStatementsMax`.
 */
export function evaluateRoster(folder: FolderId, statements: readonly RosterStatement[]): Roster {
  return new Evaluation(folder, statements).roster();
}

/**
 * Hashes of the statements that count. A statement counts when its author had the right to make it and everything it names in
 * `after` counts; that never changes when more becomes known, so a log may drop the others for good.
 */
export function authorizedStatements(folder: FolderId, statements: readonly RosterStatement[]): ReadonlySet<string> {
  return new Evaluation(folder, statements).effective;
}

class Evaluation {
  readonly #folder: FolderId;
  readonly #ordered: readonly RosterStatement[];
  readonly #ancestors: AncestorSets;
  /** Per device the statements about it that count, in the order of causes. */
  readonly #aboutDevice = new Map<DeviceId, Effective[]>();
  readonly #names: Effective[] = [];
  /** Journals that their own authors ended, with the last sequence number that counts. */
  readonly #ended: (readonly [JournalId, number])[] = [];
  readonly effective = new Set<string>();

  constructor(folder: FolderId, statements: readonly RosterStatement[]) {
    assert(statements.length <= limits.rosterStatementsMax, 'statements of a roster within their limit');
    this.#folder = folder;
    this.#ordered = orderStatements(folder, statements);
    this.#ancestors = new AncestorSets(this.#ordered);
    this.#ordered.forEach((statement, index) => {
      if (this.#mayMake(statement, index)) this.#take({ statement, index });
    });
  }

  roster(): Roster {
    const members = new Map<DeviceId, RosterMember>();
    const sealed = new Set<DeviceId>();
    for (const device of [...this.#aboutDevice.keys()].sort(compareDeviceIds)) {
      const standing = this.#standing(device);
      if (standing.kind === 'member') members.set(device, memberOf(device, standing));
      if (standing.kind === 'revoked' || (standing.kind === 'member' && standing.role === 'reader')) sealed.add(device);
    }
    return {
      folder: this.#folder,
      name: this.#name(),
      members,
      acceptedEnds: this.#acceptedEnds(),
      sealed,
      heads: this.#ancestors.heads(this.effective),
    };
  }

  #mayMake(statement: RosterStatement, index: number): boolean {
    const { author, claim } = statement;
    if (claim.kind === 'create') return statement.hash === this.#folder && statement.after.length === 0;
    if (!statement.after.every((hash) => this.effective.has(hash))) return false;
    const standing = this.#standing(author, index);
    if (standing.kind !== 'member') return false;
    if (claim.kind === 'end') return journalDevice(claim.journal) === author;
    if (claim.kind === 'revoke' && claim.subject === author) return true;
    if (standing.role !== 'owner') return false;
    return claim.kind !== 'grant' || this.#hasRoomFor(claim.subject, index);
  }

  #take(effective: Effective): void {
    const { author, claim, hash } = effective.statement;
    this.effective.add(hash);
    if (claim.kind === 'create' || claim.kind === 'rename') this.#names.push(effective);
    if (claim.kind === 'end') this.#ended.push([claim.journal, claim.through]);
    if (claim.kind === 'rename' || claim.kind === 'end') return;
    const device = claim.kind === 'create' ? author : claim.subject;
    const about = this.#aboutDevice.get(device);
    if (about) about.push(effective);
    else this.#aboutDevice.set(device, [effective]);
  }

  /** Of `statements` in the order of causes, those that count for statement `upTo` (all when absent) and that none of them follows. */
  #newest(statements: readonly Effective[], upTo: number | undefined): Effective[] {
    const newest: Effective[] = [];
    for (let i = statements.length - 1; i >= 0; i--) {
      const candidate = statements[i];
      if (!candidate || (upTo !== undefined && !this.#ancestors.has(upTo, candidate.index))) continue;
      if (!newest.some((later) => this.#ancestors.has(later.index, candidate.index))) newest.push(candidate);
    }
    return newest;
  }

  /** Of the newest statements about `device` revocation wins, then the lowest role, then the smallest hash. */
  #standing(device: DeviceId, upTo?: number): Standing {
    let best: { readonly grant: RosterStatement; readonly role: Role } | undefined;
    for (const { statement } of this.#newest(this.#aboutDevice.get(device) ?? [], upTo)) {
      const role = grantedRole(statement);
      if (role === undefined) return { kind: 'revoked' };
      const order = best ? roleRank[role] - roleRank[best.role] || compareUtf8(statement.hash, best.grant.hash) : -1;
      if (order < 0) best = { grant: statement, role };
    }
    return best ? { kind: 'member', ...best } : stranger;
  }

  /** Concurrent grants may together pass the limit by a few; one author cannot. */
  #hasRoomFor(subject: DeviceId, upTo: number): boolean {
    if (this.#aboutDevice.size < limits.rosterDevicesMax) return true;
    const others = [...this.#aboutDevice.keys()].filter((device) => device !== subject && this.#standing(device, upTo).kind === 'member');
    return others.length < limits.rosterDevicesMax;
  }

  /** The lowest end that any revocation, or its author, names for a journal. A later grant does not lift it: that journal stays cut (ROS-2). */
  #acceptedEnds(): Map<JournalId, number> {
    const ends = new Map<JournalId, number>();
    for (const [journal, through] of this.#ended) ends.set(journal, Math.min(through, ends.get(journal) ?? through));
    for (const about of this.#aboutDevice.values()) {
      for (const { statement } of about) {
        if (statement.claim.kind !== 'revoke') continue;
        for (const [journal, end] of statement.claim.accepted) {
          if (journal.startsWith(`${statement.claim.subject}.`)) ends.set(journal, Math.min(end, ends.get(journal) ?? end));
        }
      }
    }
    return new Map([...ends].sort(([a], [b]) => compareUtf8(a, b)));
  }

  /** The newest name; of concurrent ones the later by their authors' clocks, then the greater hash. */
  #name(): string {
    const [first, ...others] = this.#newest(this.#names, undefined).map(({ statement }) => statement);
    const latest = others.reduce(
      (best, each) => ((each.atMs - (best?.atMs ?? 0) || compareUtf8(each.hash, best?.hash ?? '')) > 0 ? each : best),
      first,
    );
    return latest && (latest.claim.kind === 'create' || latest.claim.kind === 'rename') ? latest.claim.name : '';
  }
}

/** The role that a statement about a device gives it; undefined for a revocation. */
function grantedRole({ claim }: RosterStatement): Role | undefined {
  if (claim.kind === 'create') return 'owner';
  return claim.kind === 'grant' ? claim.role : undefined;
}

function memberOf(device: DeviceId, { grant, role }: { readonly grant: RosterStatement; readonly role: Role }): RosterMember {
  const name = grant.claim.kind === 'grant' ? grant.claim.subjectName : '';
  return { device, role, name, introducedBy: grant.author };
}
