import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isSignedUpdate } from '../main/updates/signature.ts';
import { signManifest } from './update-manifest.ts';

const manifest = `version: 1.3.0
files:
  - url: Dormouse-1.3.0.AppImage
    sha512: aGFzaC1h
    size: 10
    blockMapSize: 3
  - url: dormouse_1.3.0_amd64.deb
    sha512: aGFzaC1i
    size: 20
path: Dormouse-1.3.0.AppImage
sha512: aGFzaC1h
releaseDate: '2026-11-20T12:00:00.000Z'
`;

describe('signing a manifest', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');

  test('adds a signature to the entry of each file and leaves the rest as it is', () => {
    const { text, files } = signManifest(manifest, privateKey);
    expect(files.map(({ file }) => file)).toEqual(['Dormouse-1.3.0.AppImage', 'dormouse_1.3.0_amd64.deb']);
    const [first, second] = files;
    if (!first || !second) throw new Error('two files');
    expect(isSignedUpdate('1.3.0', 'aGFzaC1h', first.signature, publicKey)).toBe(true);
    expect(isSignedUpdate('1.3.0', 'aGFzaC1i', second.signature, publicKey)).toBe(true);
    expect(
      text
        .split('\n')
        .filter((line) => !line.includes('signature:'))
        .join('\n'),
    ).toBe(manifest);
    expect(text).toContain(`    sha512: aGFzaC1h\n    signature: ${first.signature}\n    size: 10\n`);
  });

  test('twice is as good as once', () => {
    const once = signManifest(manifest, privateKey).text;
    expect(signManifest(once, privateKey).text).toBe(once);
  });

  test('what is no manifest is refused', () => {
    expect(() => signManifest('files:\n', privateKey)).toThrow('version');
    expect(() => signManifest('version: 1.0.0\n', privateKey)).toThrow('no file');
  });
});
