import { z } from 'zod';

const count = z.int().min(0);

/** A file that is done: fetched from others, sent whole to one, or taken over from what was on this device already. */
export const finishedTransferSchema = z.object({
  folder: z.string(),
  path: z.string(),
  bytes: count.describe('Of the whole file; for `sent`, those that were sent.'),
  at: z.iso.datetime().describe('When it was there under its name; for `sent`, when its last block was sent.'),
  tookMs: z.number().min(0),
  sources: z
    .array(z.object({ device: z.string(), bytes: count }))
    .describe('Who sent how much of it; for `sent`, the one that got it. What is missing to `bytes` was on the receiver already.'),
  kind: z.enum(['fetched', 'sent', 'local']),
});
export type FinishedTransfer = z.infer<typeof finishedTransferSchema>;

export const blockCellStates = ['missing', 'asked', 'overdue', 'hedged', 'arrived'] as const;

export type BlockCellState = (typeof blockCellStates)[number];

/**
 * The blocks of a transfer in the order of the file, run-length coded. `device`: who sent or is asked; `local`: it was here already;
 * null: nobody. `share`: part of all blocks, 0 to 1; the shares add up to 1.
 */
export const blockMapSchema = z.object({
  count: count.describe('Number of blocks.'),
  cells: z.array(z.object({ device: z.string().nullable(), state: z.enum(blockCellStates), share: z.number().min(0).max(1) })),
});
export type BlockMap = z.infer<typeof blockMapSchema>;
export type BlockCell = BlockMap['cells'][number];
