import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deviceIdFromPublicKey, isDeviceId, publicKeyFromDeviceId } from './device-key.ts';
import { isJournalId, journalDevice, journalId, shortDeviceId } from './ids.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('SES-1 a DeviceId is a PeerId and gives its public key back', () => {
  fc.assert(
    fc.property(key, (bytes) => {
      const device = deviceIdFromPublicKey(bytes);
      expect(device.startsWith('12D3Koo')).toBe(true);
      expect(publicKeyFromDeviceId(device)).toEqual(bytes);
    }),
  );
});

test('RPC-5 other text is no DeviceId', () => {
  for (const text of ['', '1', '0OIl', 'Qm'.repeat(23), '1'.repeat(52), `12D3Koo${'z'.repeat(45)}`, 'x'.repeat(1000)])
    expect(isDeviceId(text)).toBe(false);
  fc.assert(fc.property(fc.string({ maxLength: 80 }), (text) => void isDeviceId(text)));
});

test('JRN-5 a journal is named by device and generation', () => {
  fc.assert(
    fc.property(key, (bytes) => {
      const device = deviceIdFromPublicKey(bytes);
      const journal = journalId(device, '0123456789abcdef');
      expect(isJournalId(journal)).toBe(true);
      expect(journalDevice(journal)).toBe(device);
      expect(device.endsWith(shortDeviceId(device))).toBe(true);
    }),
  );
  expect(isJournalId('x.y')).toBe(false);
});
