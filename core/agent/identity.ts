import type { Result } from '../base/index.ts';
import { err, hexFromBytes, ok } from '../base/index.ts';
import type { Signer } from '../ports/index.ts';
import type { AgentOpenError, AgentPorts } from './types.ts';
import { Records } from './records.ts';

interface IdentityRow {
  /** Account in the key store: random, so that several homes on one machine are several devices. */
  readonly account: string;
  readonly device: string;
}

const rowKey = 'identity';

/**
 * The device's key. The home names the account, the key store holds the key; only both together make a device, so neither a copied
 * home nor a left-over key yields a second user of one key. A locked key store is reported, never answered with a new identity.
 */
export async function loadIdentity(
  ports: Pick<AgentPorts, 'store' | 'keychain' | 'crypto' | 'random'>,
): Promise<Result<Signer, AgentOpenError>> {
  const records = new Records<IdentityRow>(ports.store, 'agent/identity', (stored) => stored as IdentityRow);
  const row = await records.get(rowKey);
  if (!row) return createIdentity(ports, records);
  const secret = await ports.keychain.read(row.account);
  if (!secret.ok) return err(keychainOpenError(secret.error.kind, secret.error.text));
  if (secret.value === undefined) {
    return err({
      kind: 'key-missing',
      text: `The key of this device (account ${row.account}) is not in the key store. Restore the key store from a backup, or move this home aside to start as a new device; your synced folders stay as they are.`,
    });
  }
  const signer = ports.crypto.signer(secret.value);
  if (signer.device !== row.device) {
    return err({
      kind: 'key-missing',
      text: `The key under account ${row.account} belongs to another device. Restore the right key, or move this home aside to start as a new device.`,
    });
  }
  return ok(signer);
}

async function createIdentity(
  ports: Pick<AgentPorts, 'keychain' | 'crypto' | 'random'>,
  records: Records<IdentityRow>,
): Promise<Result<Signer, AgentOpenError>> {
  const account = hexFromBytes(ports.random.bytes(16));
  const signer = ports.crypto.signer(ports.crypto.generateSeed());
  const written = await ports.keychain.write(account, signer.seed);
  if (!written.ok) return err(keychainOpenError(written.error.kind, written.error.text));
  const readBack = await ports.keychain.read(account);
  if (!readBack.ok || readBack.value === undefined) {
    return err({
      kind: 'key-unavailable',
      text: 'The key store took the new key but does not give it back. Use --keys file, or repair the key store.',
    });
  }
  await records.put(rowKey, { account, device: signer.device });
  return ok(signer);
}

function keychainOpenError(kind: 'unavailable' | 'locked', text: string): AgentOpenError {
  return kind === 'locked'
    ? {
        kind: 'key-locked',
        text: `The key store is locked: ${text}. Unlock it and start again; the identity of this device stays the same.`,
      }
    : { kind: 'key-unavailable', text: `No key store can be used: ${text}. Start one, or use --keys file.` };
}
