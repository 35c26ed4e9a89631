import { z } from 'zod';
import type { Result } from '../base/index.ts';
import { concatBytes, hexFromBytes, ok, utf8 } from '../base/index.ts';
import type { FolderId, JournalId, RosterClaim, RosterStatement } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Signed } from './batch-codec.ts';
import type { CborValue, MalformedError } from './codec.ts';
import { encodeCbor } from './codec.ts';
import { malformed } from './entry-codec.ts';
import { byJournal, counterField, deviceIdField, deviceNameField, folderIdField, journalIdField } from './fields.ts';
import { decodeAs } from './message.ts';

const signatureLength = 64;
const statementTag = utf8('dormouse/roster/1\n');
const folderName = z.string().min(1).max(limits.folderNameCharsMax);

const claimSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('create'), name: folderName, nonce: z.string().regex(/^[0-9a-f]{32}$/) }),
  z.object({ kind: z.literal('grant'), subject: deviceIdField, subjectName: deviceNameField, role: z.enum(['owner', 'writer', 'reader']) }),
  z.object({ kind: z.literal('revoke'), subject: deviceIdField, accepted: byJournal(counterField) }),
  z.object({ kind: z.literal('end'), journal: journalIdField, through: counterField }),
  z.object({ kind: z.literal('rename'), name: folderName }),
]);

const bodySchema = z.object({
  folder: folderIdField.optional(),
  author: deviceIdField,
  after: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(limits.rosterDevicesMax),
  atMs: counterField,
  claim: claimSchema,
});

/** Signs a statement; `folder` is undefined for the first one, which gives the folder its id. Returns the bytes to store and relay. */
export function sealStatement(
  statement: Pick<RosterStatement, 'author' | 'after' | 'atMs' | 'claim'> & { readonly folder: FolderId | undefined },
  sign: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const claim = statement.claim;
  const wireClaim: CborValue = claim.kind === 'revoke' ? { ...claim, accepted: Object.fromEntries(claim.accepted) } : { ...claim };
  const body = encodeCbor({
    folder: statement.folder,
    author: statement.author,
    after: statement.after,
    atMs: statement.atMs,
    claim: wireClaim,
  });
  return concatBytes([sign(concatBytes([statementTag, body])), body]);
}

/** Takes a statement apart and checks its form, not its signature and not its author's right to make it. */
export function openStatement(
  bytes: Uint8Array,
  sha256: (bytes: Uint8Array) => Uint8Array,
): Result<Signed<RosterStatement>, MalformedError> {
  if (bytes.length <= signatureLength || bytes.length > 64 * 1024) return malformed('statement size');
  const body = bytes.subarray(signatureLength);
  const decoded = decodeAs(bodySchema, body);
  if (!decoded.ok) return decoded;
  const { folder, author, after, atMs, claim } = decoded.value;
  if ((folder === undefined) !== (claim.kind === 'create')) return malformed('only the first statement creates');
  const hash = hexFromBytes(sha256(bytes));
  const content: RosterStatement = {
    hash,
    folder: folder ?? (hash as FolderId),
    author,
    after,
    atMs,
    claim: claimFromWire(claim),
    bytes,
  };
  return ok({ content, signedBytes: concatBytes([statementTag, body]), signature: bytes.subarray(0, signatureLength) });
}

function claimFromWire(claim: z.infer<typeof claimSchema>): RosterClaim {
  if (claim.kind !== 'revoke') return claim;
  return { ...claim, accepted: new Map(Object.entries(claim.accepted) as [JournalId, number][]) };
}
