import { expect, test } from 'vitest';
import { limits } from '../../model/index.ts';
import { cryptoContract } from '../../testing/contracts/index.ts';
import { nodeCrypto } from './crypto.ts';

cryptoContract('node', nodeCrypto);

test('JRN-1: more authors than keys are kept are all verified', () => {
  const crypto = nodeCrypto();
  const bytes = Uint8Array.of(1, 2, 3);
  const signed = Array.from({ length: limits.pairedDevicesMax + 5 }, () => {
    const signer = crypto.signer(crypto.generateSeed());
    return { device: signer.device, signature: signer.sign(bytes) };
  });
  for (const { device, signature } of [...signed, ...signed]) expect(crypto.verify(device, bytes, signature)).toBe(true);
});
