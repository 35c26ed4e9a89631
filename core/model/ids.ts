import type { Branded } from '../base/index.ts';
import { compareUtf8 } from '../base/index.ts';

/** A device: its libp2p PeerId in base58, which contains its Ed25519 public key. */
export type DeviceId = Branded<string, 'DeviceId'>;

/** A folder: SHA-256 of its roster's first statement, 64 hex digits. */
export type FolderId = Branded<string, 'FolderId'>;

/** A block or a page of a block list: SHA-256 of its bytes, 64 hex digits. */
export type BlockName = Branded<string, 'BlockName'>;

/** A journal: `DEVICE.GENERATION`, the generation being 16 hex digits drawn when the journal was created. */
export type JournalId = Branded<string, 'JournalId'>;

/** One run of a device's agent: 16 hex digits drawn at its start. */
export type Incarnation = Branded<string, 'Incarnation'>;

/** One life of one link, counted by this agent from 1 and never reused within a run. */
export type Epoch = Branded<number, 'Epoch'>;

const hexNamePattern = /^[0-9a-f]{64}$/;
const journalIdPattern = /^([1-9A-HJ-NP-Za-km-z]{46,60})\.([0-9a-f]{16})$/;

export function isFolderId(text: string): text is FolderId {
  return hexNamePattern.test(text);
}

export function isBlockName(text: string): text is BlockName {
  return hexNamePattern.test(text);
}

export function isJournalId(text: string): text is JournalId {
  return journalIdPattern.test(text);
}

export function journalId(device: DeviceId, generation: string): JournalId {
  return `${device}.${generation}` as JournalId;
}

/** The device that writes `journal`. */
export function journalDevice(journal: JournalId): DeviceId {
  return journal.slice(0, journal.lastIndexOf('.')) as DeviceId;
}

/** The last seven characters of a DeviceId: what people see in names of conflict copies and in lists. */
export function shortDeviceId(device: DeviceId): string {
  return device.slice(-7);
}

export function compareDeviceIds(a: DeviceId, b: DeviceId): number {
  return compareUtf8(a, b);
}
