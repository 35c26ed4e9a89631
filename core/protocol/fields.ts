import { z } from 'zod';
import type { BlockName, DeviceId, FolderId, Incarnation, JournalId } from '../model/index.ts';
import { isBlockName, isDeviceId, isFolderId, isJournalId, limits } from '../model/index.ts';

/** Schemas of the fields that messages are made of. Each bounds what it accepts (RPC-5). */
export const deviceIdField = z.string().max(64).refine(isDeviceId) as unknown as z.ZodType<DeviceId>;
export const folderIdField = z.string().length(64).refine(isFolderId) as unknown as z.ZodType<FolderId>;
export const journalIdField = z.string().max(96).refine(isJournalId) as unknown as z.ZodType<JournalId>;
export const blockNameField = z.string().length(64).refine(isBlockName) as unknown as z.ZodType<BlockName>;
export const incarnationField = z.string().regex(/^[0-9a-f]{16}$/) as unknown as z.ZodType<Incarnation>;
export const hashField = z.string().regex(/^([0-9a-f]{64})?$/);
export const counterField = z.int().min(0).max(limits.counterMax);
export const sequenceField = z.int().min(1).max(limits.counterMax);
export const deviceNameField = z.string().min(1).max(limits.deviceNameCharsMax);
export const addressField = z.string().min(1).max(limits.addressCharsMax);
export const bytesField = (bytesMax: number): z.ZodType<Uint8Array> =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length <= bytesMax);

/** More journals than devices: each restored backup or re-admission starts one. */
export const journalsPerFolderMax = 1024;

export const haveMarkField = z.object({
  end: counterField,
  endHash: hashField,
  pending: z.object({ firstSequence: sequenceField, end: counterField }).optional(),
  floor: sequenceField.optional(),
});

export const appliedMarkField = z.object({
  through: counterField,
  exceptions: z.array(sequenceField).max(limits.historyExceptionsMax),
});

/** A record keyed by journal, with a bound on its size. */
export function byJournal<T extends z.ZodType>(value: T): z.ZodType<Record<JournalId, z.infer<T>>> {
  return z
    .record(journalIdField as unknown as z.ZodString, value)
    .refine((record) => Object.keys(record).length <= journalsPerFolderMax) as unknown as z.ZodType<Record<JournalId, z.infer<T>>>;
}
