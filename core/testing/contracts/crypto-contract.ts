import { describe, expect, test } from 'vitest';
import { hexFromBytes, utf8 } from '../../base/index.ts';
import { isDeviceId } from '../../model/index.ts';
import type { DeviceId } from '../../model/index.ts';
import { signatureBytes } from '../../ports/index.ts';
import type { Crypto } from '../../ports/index.ts';

/** What every {@link Crypto} must do. `make` is called once per test. */
export function cryptoContract(name: string, make: () => Crypto): void {
  describe(`crypto contract: ${name}`, () => {
    test('BLK-1 SHA-256 gives the published values', () => {
      const crypto = make();
      expect(crypto.sha256Hex(utf8(''))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
      expect(crypto.sha256Hex(utf8('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
      expect(hexFromBytes(crypto.sha256(utf8('abc')))).toBe(crypto.sha256Hex(utf8('abc')));
    });

    test('crypto: HMAC-SHA-256 gives the values of RFC 4231', () => {
      const crypto = make();
      const mac = crypto.hmacSha256(utf8('Jefe'), utf8('what do ya want for nothing?'));
      expect(hexFromBytes(mac)).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
    });

    test('crypto: a seed gives one device, whose signatures are those of RFC 8032', () => {
      const crypto = make();
      const seed = Uint8Array.from(Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex'));
      const signer = crypto.signer(seed);
      expect(isDeviceId(signer.device)).toBe(true);
      expect(hexFromBytes(signer.seed)).toBe(hexFromBytes(seed));
      expect(crypto.signer(seed).device).toBe(signer.device);
      expect(hexFromBytes(signer.sign(new Uint8Array(0)))).toBe(
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
      );
    });

    test('JRN-1 a signature holds for its author and its bytes only', () => {
      const crypto = make();
      const [anna, ben] = [crypto.signer(crypto.generateSeed()), crypto.signer(crypto.generateSeed())];
      expect(anna.device).not.toBe(ben.device);
      const bytes = utf8('dormouse/batch/1 some bytes');
      const signature = anna.sign(bytes);
      expect(signature.length).toBe(signatureBytes);
      expect(crypto.verify(anna.device, bytes, signature)).toBe(true);
      expect(crypto.verify(ben.device, bytes, signature)).toBe(false);
      for (const at of [0, 10, bytes.length - 1]) expect(crypto.verify(anna.device, tampered(bytes, at), signature)).toBe(false);
      for (const at of [0, 31, 32, 63]) expect(crypto.verify(anna.device, bytes, tampered(signature, at))).toBe(false);
      expect(crypto.verify(anna.device, bytes, signature)).toBe(true);
    });

    test('RPC-5 malformed signatures and ids are false, not errors', () => {
      const crypto = make();
      const anna = crypto.signer(crypto.generateSeed());
      const bytes = utf8('x');
      for (const length of [0, 1, 63, 65, 1000]) expect(crypto.verify(anna.device, bytes, new Uint8Array(length))).toBe(false);
      for (const id of ['', 'not an id', '1'.repeat(52), `${anna.device}x`, '😀']) {
        expect(crypto.verify(id as DeviceId, bytes, anna.sign(bytes)), id).toBe(false);
      }
    });

    test('crypto: new seeds have 32 bytes and differ', () => {
      const crypto = make();
      const seeds = Array.from({ length: 20 }, () => crypto.generateSeed());
      expect(seeds.every((seed) => seed.length === 32)).toBe(true);
      expect(new Set(seeds.map(hexFromBytes)).size).toBe(20);
    });
  });
}

function tampered(bytes: Uint8Array, at: number): Uint8Array {
  const changed = bytes.slice();
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
