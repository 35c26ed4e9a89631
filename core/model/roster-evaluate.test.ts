import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { present } from '../base/index.ts';
import { deviceIdFromPublicKey } from './device-key.ts';
import type { DeviceId, FolderId, JournalId } from './ids.ts';
import { journalId } from './ids.ts';
import { limits } from './limits.ts';
import { authorizedStatements, evaluateRoster } from './roster-evaluate.ts';
import { lastAcceptedSequence, mayAnnounce, writeRight } from './roster-rights.ts';
import type { Role, Roster, RosterClaim, RosterStatement } from './roster.ts';

const deviceOf = (index: number): DeviceId => deviceIdFromPublicKey(new Uint8Array(32).fill(index + 1));
const [anna, ben, cleo, dora] = [0, 1, 2, 3].map(deviceOf) as [DeviceId, DeviceId, DeviceId, DeviceId];
const journalOf = (device: DeviceId, generation = 1): JournalId => journalId(device, generation.toString(16).padStart(16, '0'));

/** Statements with made-up hashes: evaluation looks at nothing else. */
class Log {
  readonly statements: RosterStatement[] = [];
  readonly folder = 'f'.repeat(64) as FolderId;

  add(author: DeviceId, claim: RosterClaim, after: readonly string[], atMs = this.statements.length): string {
    const hash = claim.kind === 'create' ? this.folder : (this.statements.length * 7919 + 13).toString(16).padStart(64, '0');
    this.statements.push({ hash, folder: this.folder, author, after, atMs, claim, bytes: new Uint8Array() });
    return hash;
  }

  create(): string {
    return this.add(anna, { kind: 'create', name: 'Photos', nonce: '0'.repeat(32) }, []);
  }

  grant(author: DeviceId, subject: DeviceId, role: Role, after: readonly string[], subjectName = 'someone'): string {
    return this.add(author, { kind: 'grant', subject, subjectName, role }, after);
  }

  revoke(author: DeviceId, subject: DeviceId, after: readonly string[], accepted: readonly (readonly [JournalId, number])[] = []): string {
    return this.add(author, { kind: 'revoke', subject, accepted: new Map(accepted) }, after);
  }

  rename(author: DeviceId, name: string, after: readonly string[], atMs?: number): string {
    return this.add(author, { kind: 'rename', name }, after, atMs);
  }

  roster(): Roster {
    return evaluateRoster(this.folder, this.statements);
  }
}

function rolesOf(roster: Roster): Record<string, Role> {
  return Object.fromEntries([...roster.members].map(([device, member]) => [device, member.role]));
}

describe('ROS-1', () => {
  test('ROS-1 the founder owns the folder and makes others members', () => {
    const log = new Log();
    const first = log.create();
    const second = log.grant(anna, ben, 'writer', [first], 'Ben’s laptop');
    const roster = log.roster();
    expect(rolesOf(roster)).toEqual({ [anna]: 'owner', [ben]: 'writer' });
    expect(roster.members.get(ben)).toEqual({ device: ben, role: 'writer', name: 'Ben’s laptop', introducedBy: anna });
    expect(roster).toMatchObject({ name: 'Photos', heads: [second] });
    expect(roster.sealed.size).toBe(0);
  });

  test('ROS-1 only owners sign for others; any device signs its own leaving', () => {
    const log = new Log();
    const a = log.create();
    const b = log.grant(anna, ben, 'writer', [a]);
    const byWriter = log.grant(ben, cleo, 'writer', [b]);
    log.revoke(ben, anna, [b]);
    log.rename(ben, 'Mine', [b]);
    expect(rolesOf(log.roster())).toEqual({ [anna]: 'owner', [ben]: 'writer' });
    expect(authorizedStatements(log.folder, log.statements)).toEqual(new Set([a, b]));
    log.grant(anna, dora, 'writer', [byWriter]);
    expect(log.roster().members.has(dora), 'what follows a statement that does not count, does not count').toBe(false);
    log.revoke(ben, ben, [b]);
    expect(rolesOf(log.roster())).toEqual({ [anna]: 'owner' });
    expect(log.roster().name).toBe('Photos');
  });

  test('ROS-1 authority is judged in the state made of a statement’s own ancestors', () => {
    const log = new Log();
    const a = log.create();
    const b = log.grant(anna, ben, 'owner', [a]);
    const byBen = log.grant(ben, cleo, 'writer', [b]);
    // Concurrent to what Ben said: his word counts, he himself is out.
    const out = log.revoke(anna, ben, [b]);
    expect(rolesOf(log.roster())).toEqual({ [anna]: 'owner', [cleo]: 'writer' });
    log.grant(ben, dora, 'writer', [byBen, out]);
    expect(log.roster().members.has(dora)).toBe(false);
  });

  test('ROS-1 of concurrent statements about one device revocation wins, among grants the lowest role', () => {
    const log = new Log();
    const a = log.create();
    const b = log.grant(anna, ben, 'owner', [a]);
    log.grant(anna, cleo, 'owner', [b]);
    log.grant(ben, cleo, 'reader', [b]);
    log.grant(ben, cleo, 'writer', [b]);
    expect(log.roster().members.get(cleo)?.role).toBe('reader');
    log.revoke(ben, cleo, [b]);
    expect(log.roster().members.has(cleo)).toBe(false);
    log.grant(anna, cleo, 'writer', log.roster().heads);
    expect(log.roster().members.get(cleo)?.role).toBe('writer');
  });

  test('ROS-1 a second create, foreign statements and those with a missing predecessor are left out', () => {
    const log = new Log();
    const a = log.create();
    log.grant(anna, ben, 'writer', ['9'.repeat(64)]);
    log.statements.push({ ...present(log.statements[0], 'create'), folder: 'e'.repeat(64) as FolderId, hash: 'e'.repeat(64) });
    expect(rolesOf(log.roster())).toEqual({ [anna]: 'owner' });
    expect(log.roster().heads).toEqual([a]);
  });

  test('ROS-1 the name is the newest one; of concurrent ones the later', () => {
    const log = new Log();
    const a = log.create();
    const b = log.grant(anna, ben, 'owner', [a]);
    log.rename(anna, 'Early', [b], 100);
    log.rename(ben, 'Late', [b], 200);
    expect(log.roster().name).toBe('Late');
    log.rename(anna, 'After both', log.roster().heads, 50);
    expect(log.roster().name).toBe('After both');
  });

  test('ROS-1 one author cannot make a roster larger than its limit', () => {
    const log = new Log();
    let last = log.create();
    for (let i = 1; i < limits.rosterDevicesMax + 5; i++) {
      const device = deviceIdFromPublicKey(Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? i : 9)));
      const made = log.grant(anna, device, 'writer', [last]);
      if (authorizedStatements(log.folder, log.statements).has(made)) last = made;
    }
    expect(log.roster().members.size).toBe(limits.rosterDevicesMax);
  });
});

describe('ROS-2', () => {
  test('ROS-2 a revocation names accepted ends; what it does not name counts to 0', () => {
    const log = new Log();
    const a = log.create();
    const b = log.grant(anna, ben, 'writer', [a]);
    log.revoke(anna, ben, [b], [[journalOf(ben), 7]]);
    const roster = log.roster();
    expect(roster.sealed).toEqual(new Set([ben]));
    expect(writeRight(roster, journalOf(ben), 7)).toBe('ok');
    expect(writeRight(roster, journalOf(ben), 8)).toBe('past-accepted-end');
    expect(writeRight(roster, journalOf(ben, 2), 1)).toBe('past-accepted-end');
    expect(writeRight(roster, journalOf(anna), 10 ** 9)).toBe('ok');
    expect(writeRight(roster, journalOf(dora), 1)).toBe('not-a-writer');
  });

  test('JRN-5 an author ends a journal of its own, nobody else’s, and stays what it is', () => {
    const log = new Log();
    const first = log.create();
    const second = log.grant(anna, ben, 'writer', [first]);
    const third = log.add(ben, { kind: 'end', journal: journalOf(ben), through: 7 }, [second]);
    log.add(ben, { kind: 'end', journal: journalOf(ben), through: 9 }, [third]);
    log.add(ben, { kind: 'end', journal: journalOf(anna), through: 1 }, [third]);
    log.add(cleo, { kind: 'end', journal: journalOf(cleo), through: 1 }, [third]);
    const roster = log.roster();
    expect(rolesOf(roster)).toEqual({ [anna]: 'owner', [ben]: 'writer' });
    expect(lastAcceptedSequence(roster, journalOf(ben))).toBe(7);
    expect(lastAcceptedSequence(roster, journalOf(ben, 2))).toBe(Infinity);
    expect(lastAcceptedSequence(roster, journalOf(anna))).toBe(Infinity);
  });

  test('ROS-2 a device that is admitted again writes new generations only', () => {
    const log = new Log();
    const a = log.create();
    const b = log.grant(anna, ben, 'writer', [a]);
    const c = log.revoke(anna, ben, [b], [[journalOf(ben), 7]]);
    log.grant(anna, ben, 'writer', [c]);
    const roster = log.roster();
    expect(mayAnnounce(roster, ben)).toBe(true);
    expect(lastAcceptedSequence(roster, journalOf(ben))).toBe(7);
    expect(lastAcceptedSequence(roster, journalOf(ben, 2))).toBe(Infinity);
  });

  test('ROS-2 a demotion keeps what was accepted and nothing later', () => {
    const log = new Log();
    const a = log.create();
    const b = log.grant(anna, ben, 'writer', [a]);
    const c = log.revoke(anna, ben, [b], [[journalOf(ben), 3]]);
    log.grant(anna, ben, 'reader', [c]);
    const roster = log.roster();
    expect(roster.members.get(ben)?.role).toBe('reader');
    expect(roster.sealed.has(ben)).toBe(true);
    expect(mayAnnounce(roster, ben)).toBe(false);
    expect(writeRight(roster, journalOf(ben), 3)).toBe('ok');
    expect(writeRight(roster, journalOf(ben), 4)).toBe('past-accepted-end');
    expect(writeRight(roster, journalOf(ben, 2), 1)).toBe('not-a-writer');
  });

  test('ROS-2 of several revocations the lowest end counts, and only for the subject’s own journals', () => {
    const log = new Log();
    const a = log.create();
    const b = log.grant(anna, ben, 'owner', [a]);
    log.revoke(
      anna,
      cleo,
      [b],
      [
        [journalOf(cleo), 9],
        [journalOf(anna), 1],
      ],
    );
    log.revoke(ben, cleo, [b], [[journalOf(cleo), 5]]);
    expect(log.roster().acceptedEnds).toEqual(new Map([[journalOf(cleo), 5]]));
  });
});

/** A random log: every statement follows some of those before it. */
const randomLog = fc
  .array(
    fc.record({
      author: fc.nat(4),
      subject: fc.nat(4),
      kind: fc.constantFrom('grant' as const, 'grant' as const, 'revoke' as const, 'rename' as const),
      role: fc.constantFrom<Role>('owner', 'writer', 'reader'),
      after: fc.array(fc.nat(30), { minLength: 1, maxLength: 3 }),
      end: fc.nat(9),
    }),
    { maxLength: 30 },
  )
  .map((steps) => {
    const log = new Log();
    const hashes = [log.create()];
    for (const { author, subject, kind, role, after, end } of steps) {
      const parents = [...new Set(after.map((each) => present(hashes[hashes.length - 1 - (each % hashes.length)], 'parent')))];
      const device = deviceOf(subject);
      if (kind === 'grant') hashes.push(log.grant(deviceOf(author), device, role, parents));
      else if (kind === 'revoke') hashes.push(log.revoke(deviceOf(author), device, parents, [[journalOf(device), end]]));
      else hashes.push(log.rename(deviceOf(author), `name ${end}`, parents, end));
    }
    return log;
  });

test('ROS-1 the roster is the same for every order of arrival', () => {
  fc.assert(
    fc.property(randomLog, fc.infiniteStream(fc.nat()), (log, numbers) => {
      const shuffled = log.statements
        .map((statement) => ({ statement, rank: numbers.next().value as number }))
        .sort((a, b) => a.rank - b.rank);
      const roster = log.roster();
      expect(
        evaluateRoster(
          log.folder,
          shuffled.map(({ statement }) => statement),
        ),
      ).toEqual(roster);
      const counting = authorizedStatements(log.folder, log.statements);
      const kept = log.statements.filter((statement) => counting.has(statement.hash));
      expect(evaluateRoster(log.folder, kept), 'statements that do not count change nothing').toEqual(roster);
    }),
  );
});

test('ROS-1 whether a statement counts never changes when more becomes known', () => {
  fc.assert(
    fc.property(randomLog, (log) => {
      const all = authorizedStatements(log.folder, log.statements);
      for (let length = 1; length <= log.statements.length; length++) {
        const some = log.statements.slice(0, length);
        const counting = authorizedStatements(log.folder, some);
        expect([...counting].sort()).toEqual(
          some
            .map(({ hash }) => hash)
            .filter((hash) => all.has(hash))
            .sort(),
        );
      }
    }),
  );
});

test('ROS-1 a roster of thousands of statements is evaluated in well under a second', () => {
  const log = new Log();
  let last = log.create();
  for (let i = 1; i < limits.rosterStatementsMax; i++) last = log.grant(anna, deviceOf(i % 60), i % 2 ? 'writer' : 'owner', [last]);
  expect(log.roster().members.size).toBe(60);
});
