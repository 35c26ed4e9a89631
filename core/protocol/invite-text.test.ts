import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeviceId } from '../model/index.ts';
import { deviceIdFromPublicKey } from '../model/index.ts';
import { encodeCbor } from './codec.ts';
import type { Invite } from './pairing.ts';
import { invitePrefix, inviteFromText, inviteToText } from './invite-text.ts';

const device = (fill: number): DeviceId => deviceIdFromPublicKey(new Uint8Array(32).fill(fill));
const expiresAtMs = 1_800_000_000_000;
const here = { device: device(2), nowMs: expiresAtMs - 1000 };

const invite: Invite = {
  version: 1,
  device: device(1),
  name: 'Annas Läptop',
  addresses: ['/ip4/192.168.1.5/tcp/22022', '/ip6/fd00::1/tcp/22022'],
  id: Uint8Array.from({ length: 8 }, (_, index) => index),
  secret: Uint8Array.from({ length: 16 }, (_, index) => 255 - index),
  expiresAtMs,
};

describe('invite as text', () => {
  test('an invite survives its text', () => {
    const text = inviteToText(invite);
    expect(text).toMatch(/^dormouse:pair\/[A-Za-z0-9_-]+$/);
    expect(inviteFromText(text, here)).toEqual({ ok: true, value: invite });
  });

  test('a pasted text with line breaks, blanks and odd invisible characters is read', () => {
    const text = inviteToText(invite);
    const broken = `  ${text.slice(0, 20)}\r\n   ${text.slice(20, 60)}\u200b${text.slice(60)}\u00ad \n`;
    expect(inviteFromText(broken, here)).toEqual({ ok: true, value: invite });
    expect(inviteFromText(text.slice(invitePrefix.length), here)).toEqual({ ok: true, value: invite });
    expect(inviteFromText(text.replace('dormouse:pair', 'DORMOUSE:Pair'), here)).toEqual({ ok: true, value: invite });
  });

  test('every prefix of an invite is damaged, malformed or empty, never an invite', () => {
    const text = inviteToText(invite);
    for (let length = 0; length < text.length; length++) {
      const result = inviteFromText(text.slice(0, length), here);
      expect(result.ok, `first ${length} characters`).toBe(false);
      if (!result.ok && length > invitePrefix.length + 6) expect(result.error.kind).toBe('damaged');
    }
  });

  test('one wrong character is noticed', () => {
    const text = inviteToText(invite);
    fc.assert(
      fc.property(
        fc.integer({ min: invitePrefix.length, max: text.length - 2 }),
        fc.constantFrom('A', 'B', 'x', 'y', '0', '9', '-', '_'),
        (at, character) => {
          fc.pre(text[at] !== character);
          expect(inviteFromText(text.slice(0, at) + character + text.slice(at + 1), here)).toEqual({
            ok: false,
            error: { kind: 'damaged' },
          });
        },
      ),
    );
  });

  test('an invite of a newer version, an old one and one of our own are told apart', () => {
    const newer = inviteToText({ ...invite, version: 2, words: 'of another shape' } as unknown as Invite);
    expect(inviteFromText(newer, here)).toEqual({ ok: false, error: { kind: 'newer-version', version: 2 } });
    const late = { ...here, nowMs: expiresAtMs + 11 * 60_000 };
    expect(inviteFromText(inviteToText(invite), late)).toEqual({ ok: false, error: { kind: 'expired', expiresAtMs } });
    const own = { ...here, device: invite.device };
    expect(inviteFromText(inviteToText(invite), own)).toEqual({ ok: false, error: { kind: 'own-device' } });
  });

  test('a clock that is a few minutes ahead does not take a fresh invite for an old one', () => {
    expect(inviteFromText(inviteToText(invite), { ...here, nowMs: expiresAtMs + 5 * 60_000 })).toMatchObject({ ok: true });
  });

  test('RPC-5 no text makes the reader throw', () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void inviteFromText(text, here)));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void inviteFromText(invitePrefix + encodeCbor(bytes).join(''), here)),
    );
    expect(inviteFromText('x'.repeat(100_000), here)).toMatchObject({ ok: false, error: { kind: 'malformed' } });
  });
});
