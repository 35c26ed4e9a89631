import { hexFromBytes } from '../base/index.ts';
import type { DeviceId, FolderId, HaveVector, JournalId, Role, Roster, RosterClaim } from '../model/index.ts';
import { journalDevice, limits } from '../model/index.ts';
import type { Clock, Crypto, Random, Signer } from '../ports/index.ts';
import { openStatement, sealStatement } from '../protocol/index.ts';

export interface CreateFolderOptions {
  /** For people. */
  readonly name: string;
  /** Name of this device in the member list; without it the list has none for its founder. */
  readonly deviceName?: string;
  readonly crypto: Crypto;
  readonly signer: Signer;
  readonly random: Random;
  readonly clock: Clock;
}

/** The first statements of a new folder, to be merged into its journal: ours is the owner. FolderId is the hash of the first (ROS-1). */
export function createFolder(options: CreateFolderOptions): { readonly folder: FolderId; readonly statements: readonly Uint8Array[] } {
  const { crypto, signer, clock } = options;
  const author = signer.device;
  const atMs = clock.wallNow();
  const sign = (bytes: Uint8Array): Uint8Array => signer.sign(bytes);
  const create: RosterClaim = { kind: 'create', name: options.name, nonce: hexFromBytes(options.random.bytes(16)) };
  const first = sealStatement({ folder: undefined, author, after: [], atMs, claim: create }, sign);
  const folder = crypto.sha256Hex(first) as string as FolderId;
  if (options.deviceName === undefined) return { folder, statements: [first] };
  const grant: RosterClaim = { kind: 'grant', subject: author, subjectName: options.deviceName, role: 'owner' };
  return { folder, statements: [first, sealStatement({ folder, author, after: [folder], atMs, claim: grant }, sign)] };
}

/** Signs `claims` as statements that follow everything that `roster` knows, each after the one before. */
export function signStatements(
  roster: Pick<Roster, 'folder' | 'heads'>,
  claims: readonly RosterClaim[],
  tools: { readonly crypto: Crypto; readonly signer: Signer; readonly clock: Clock },
): readonly Uint8Array[] {
  const { crypto, signer, clock } = tools;
  let after: readonly string[] = roster.heads.slice(0, limits.rosterDevicesMax);
  return claims.map((claim) => {
    const statement = { folder: roster.folder, author: signer.device, after, atMs: clock.wallNow(), claim };
    const bytes = sealStatement(statement, (message) => signer.sign(message));
    after = [crypto.sha256Hex(bytes)];
    return bytes;
  });
}

/** The claim that takes `subject` out, accepting what `have` holds of its journals (ROS-2). */
export function revocationClaim(subject: DeviceId, have: HaveVector): RosterClaim {
  const accepted = new Map<JournalId, number>();
  for (const [journal, mark] of have) if (journalDevice(journal) === subject) accepted.set(journal, mark.end);
  return { kind: 'revoke', subject, accepted };
}

/**
 * The claims that give a device `role`. One that could write so far and becomes a reader is revoked first, so that what it has written
 * stays (ROS-2).
 */
export function grantClaims(roster: Roster, subject: DeviceId, subjectName: string, role: Role, have: HaveVector): readonly RosterClaim[] {
  const grant: RosterClaim = { kind: 'grant', subject, subjectName, role };
  const before = roster.members.get(subject)?.role;
  return role === 'reader' && before !== undefined && before !== 'reader' ? [revocationClaim(subject, have), grant] : [grant];
}

/** The folder and the device that a list of statements begins with, form checked only: what an offer shows before it is accepted. */
export function founderOf(
  statements: readonly Uint8Array[],
  crypto: Crypto,
): { readonly folder: FolderId; readonly founder: DeviceId } | undefined {
  for (const bytes of statements) {
    const opened = openStatement(bytes, (input) => crypto.sha256(input));
    if (opened.ok && opened.value.content.claim.kind === 'create') {
      return { folder: opened.value.content.folder, founder: opened.value.content.author };
    }
  }
  return undefined;
}
