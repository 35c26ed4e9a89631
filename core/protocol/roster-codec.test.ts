import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes, hexFromBytes, utf8 } from '../base/index.ts';
import { deviceIdFromPublicKey, journalId } from '../model/index.ts';
import type { FolderId, RosterClaim } from '../model/index.ts';
import type { CborValue } from './codec.ts';
import { encodeCbor } from './codec.ts';
import { openStatement, sealStatement } from './roster-codec.ts';

const anna = deviceIdFromPublicKey(new Uint8Array(32).fill(1));
const ben = deviceIdFromPublicKey(new Uint8Array(32).fill(2));
const folder = 'e'.repeat(64) as FolderId;
const signature = new Uint8Array(64).fill(7);
/** Any function of the bytes will do here. */
const hash = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => (bytes[bytes.length - 1 - (i % bytes.length)] ?? 0) ^ i);
const open = (bytes: Uint8Array) => openStatement(bytes, hash);

const claims: readonly RosterClaim[] = [
  { kind: 'grant', subject: ben, subjectName: 'Ben’s laptop', role: 'reader' },
  { kind: 'revoke', subject: ben, accepted: new Map([[journalId(ben, '0'.repeat(16)), 12]]) },
  { kind: 'revoke', subject: ben, accepted: new Map() },
  { kind: 'rename', name: 'New' },
];

test('ROS-1 the first statement names its folder by its own hash', () => {
  const bytes = sealStatement(
    { folder: undefined, author: anna, after: [], atMs: 5, claim: { kind: 'create', name: 'Photos', nonce: '0'.repeat(32) } },
    () => signature,
  );
  const opened = open(bytes);
  expect(opened.ok && opened.value.content).toMatchObject({
    folder: hexFromBytes(hash(bytes)),
    hash: hexFromBytes(hash(bytes)),
    author: anna,
    after: [],
    atMs: 5,
  });
  expect(opened.ok && opened.value.signature).toEqual(signature);
});

test.each(claims.map((claim) => [claim.kind, claim] as const))('ROS-1 a statement written and read is the same: %s', (_, claim) => {
  const bytes = sealStatement({ folder, author: anna, after: ['a'.repeat(64)], atMs: 5, claim }, () => signature);
  const opened = open(bytes);
  expect(opened.ok && opened.value.content).toEqual({
    hash: hexFromBytes(hash(bytes)),
    folder,
    author: anna,
    after: ['a'.repeat(64)],
    atMs: 5,
    claim,
    bytes,
  });
  expect(opened.ok && hexFromBytes(opened.value.signedBytes)).toBe(
    hexFromBytes(concatBytes([utf8('dormouse/roster/1\n'), bytes.subarray(64)])),
  );
});

test('RPC-5 malformed statements are refused and never throw', () => {
  const good: Record<string, CborValue> = { folder, author: anna, after: ['a'.repeat(64)], atMs: 5, claim: { kind: 'rename', name: 'x' } };
  const sealed = (body: CborValue): Uint8Array => concatBytes([signature, encodeCbor(body)]);
  expect(open(sealed(good)).ok).toBe(true);
  const bad: CborValue[] = [
    { ...good, folder: undefined },
    { ...good, author: 'me' },
    { ...good, after: ['x'] },
    { ...good, after: Array.from({ length: 65 }, () => 'a'.repeat(64)) },
    { ...good, atMs: -1 },
    { ...good, claim: { kind: 'create', name: 'x', nonce: '0'.repeat(32) } },
    { ...good, claim: { kind: 'rename', name: '' } },
    { ...good, claim: { kind: 'grant', subject: ben, subjectName: 'x', role: 'king' } },
    { ...good, claim: { kind: 'revoke', subject: ben, accepted: { nonsense: 1 } } },
    { ...good, claim: { kind: 'revoke', subject: ben, accepted: { [journalId(ben, '0'.repeat(16))]: -1 } } },
  ];
  for (const body of bad) expect(open(sealed(body)).ok).toBe(false);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void open(concatBytes([signature, bytes]))));
  const whole = sealed(good);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ flip;
      void open(changed);
    }),
  );
});
