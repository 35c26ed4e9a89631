import { readFile } from 'node:fs/promises';
import { pureJsCrypto } from '@chainsafe/libp2p-noise';
import { multiaddr } from '@multiformats/multiaddr';
import { afterEach, expect, test } from 'vitest';
import { concatBytes, MIB, utf8 } from '../../base/index.ts';
import { encodeChannelName } from './channel-name.ts';
import { FrameGuard } from './frame-guard.ts';
import { linkPath } from './link-path.ts';
import { sodiumNoiseCrypto } from './noise-crypto.ts';
import { prefixed, takeSealedMemory } from './sealed-memory.ts';
import { settings } from './settings.ts';
import { link, startHost, until, type TestHost } from './test-hosts.ts';

const hosts: TestHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map(({ transport }) => transport.stop()));
});

const key = new Uint8Array(32).fill(1);
const nonce = new Uint8Array(12).fill(2);
const associated = utf8('associated');

test.each([0, 1, 15, 16, 1199, 1200, 65_519])('SEC-2 libsodium seals and opens %i bytes as the library does', async (length) => {
  const sodium = await sodiumNoiseCrypto();
  const plaintext = new Uint8Array(length).map((_, i) => i);
  const sealed = sodium.chaCha20Poly1305Encrypt(plaintext, nonce, associated, key).subarray();
  expect(Buffer.from(sealed)).toEqual(Buffer.from(pureJsCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, associated, key).subarray()));

  const untouched = Uint8Array.from(sealed);
  expect(Buffer.from(sodium.chaCha20Poly1305Decrypt(sealed, nonce, associated, key).subarray())).toEqual(Buffer.from(plaintext));
  expect(Buffer.from(sealed)).toEqual(Buffer.from(untouched));
  const inPlace = Uint8Array.from(sealed.subarray(0, length));
  expect(sodium.chaCha20Poly1305Decrypt(sealed, nonce, associated, key, inPlace)).toBe(inPlace);
  expect(Buffer.from(inPlace)).toEqual(Buffer.from(plaintext));
});

test('SEC-2 libsodium refuses what was changed', async () => {
  const sodium = await sodiumNoiseCrypto();
  const sealed = sodium.chaCha20Poly1305Encrypt(new Uint8Array(100), nonce, associated, key).subarray();
  sealed[50] = (sealed[50] ?? 0) ^ 1;
  expect(() => sodium.chaCha20Poly1305Decrypt(sealed, nonce, associated, key)).toThrow();
});

test.each([
  ['library', undefined],
  [undefined, 'library'],
] as const)('SEC-2 devices with different ciphers (%s to %s) understand each other', async (one, other) => {
  const anna = await startHost(1, undefined, one ? { noiseCrypto: one } : {});
  const ben = await startHost(2, undefined, other ? { noiseCrypto: other } : {});
  hosts.push(anna, ben);
  const channel = await (await link(anna, ben)).open('/dormouse/test/1');
  await until(() => ben.channels.length === 1, 'the channel');
  const content = new Uint8Array(3 * MIB).map((_, i) => i * 31);
  void channel?.write(content.slice()).then(() => channel.closeWrite());
  const parts: Uint8Array[] = [];
  for (let part = await ben.channels[0]?.read(); part; part = await ben.channels[0]?.read()) parts.push(part);
  expect(Buffer.from(concatBytes(parts)).equals(content)).toBe(true);
});

test('SEC-2 a sealed message takes its length prefix without a copy', () => {
  const sealed = takeSealedMemory(26).fill(9);
  const whole = prefixed(Uint8Array.of(0, 26), sealed);
  expect(Buffer.from(whole ?? [])).toEqual(Buffer.concat([Uint8Array.of(0, 26), sealed]));
  expect(whole?.buffer).toBe(sealed.buffer);
  expect(prefixed(Uint8Array.of(0, 0, 26), sealed)).toBeUndefined();
  expect(prefixed(Uint8Array.of(0, 26), new Uint8Array(26))).toBeUndefined();
});

function frame(type: number, length: number, payload = new Uint8Array(0)): Uint8Array {
  const header = new Uint8Array(12);
  header[1] = type;
  new DataView(header.buffer).setUint32(8, length);
  return concatBytes([header, payload]);
}

test('RPC-5 a frame that announces more than a window is seen at its header, however the bytes are cut', () => {
  const good = concatBytes([
    frame(0, 300, new Uint8Array(300).fill(255)),
    frame(1, 4_000_000_000),
    frame(2, 7),
    frame(0, 0),
    frame(0, 1000, new Uint8Array(1000)),
  ]);
  const bad = concatBytes([good, frame(0, 1001)]);
  for (const step of [1, 5, 12, 13, 311, 312, 10_000]) {
    const feed = (bytes: Uint8Array): boolean => {
      const guard = new FrameGuard(1000);
      for (let at = 0; at < bytes.length; at += step) if (!guard.accepts(bytes.subarray(at, at + step))) return false;
      return true;
    };
    expect([step, feed(good), feed(bad)]).toEqual([step, true, false]);
  }
});

test('RPC-5 a channel has a name of the product', () => {
  expect(encodeChannelName('/dormouse/a/1')).toEqual(concatBytes([Uint8Array.of(13), utf8('/dormouse/a/1')]));
  for (const name of ['', '/ipfs/ping/1.0.0', '/dormouse/', '/dormouse/A', `/dormouse/${'a'.repeat(100)}`]) {
    expect(() => encodeChannelName(name)).toThrow();
  }
});

test.each([
  ['/ip4/127.0.0.1/tcp/1', 'lan'],
  ['/ip4/169.254.10.1/tcp/1', 'lan'],
  ['/ip6/::1/tcp/1', 'lan'],
  ['/ip6/fe80::1/tcp/1', 'lan'],
  ['/ip4/8.8.8.8/tcp/1', 'wan'],
  ['/ip6/2001:db8::1/tcp/1', 'wan'],
  ['/dns4/example.org/tcp/1', 'wan'],
] as const)('FET-3 %s is reached by %s', (address, path) => {
  expect(linkPath(multiaddr(address))).toBe(path);
});

test('macOS lets the packed program look for the very service that discovery uses', async () => {
  const packaging = await readFile(new URL('../../../electron-builder.yml', import.meta.url), 'utf8');
  expect(packaging).toContain(`NSBonjourServices: [${settings.discoveryServiceTag.replace(/\.local$/, '')}]`);
});
