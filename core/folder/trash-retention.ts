import { HOUR_MS, DAY_MS } from '../base/index.ts';
import type { AsideRow } from './aside-rows.ts';
import { engineLimits } from './engine-limits.ts';

type Item = Pick<AsideRow, 'id' | 'path' | 'reason' | 'bytes' | 'agentMs'>;

export interface TrashBounds {
  /** How long anything stays, ms of running time. */
  readonly keepMs: number;
  readonly bytesMax: number;
}

/**
 * Which items of the trash go (FLD-2). Removals stay for `keepMs` (30 days, a setting) of the agent's running time; of replaced versions the
 * newest per path and hour for a day, per day for as long. Beyond `bytesMax` in all the oldest replaced versions go first, then removals older than
 * 24 h; younger removals stay. `items` are in the order of time. Pure.
 */
export function expiredItems<T extends Item>(items: readonly T[], agentNowMs: number, { keepMs, bytesMax }: TrashBounds): readonly T[] {
  const expired = new Set<T>();
  const newestInSlot = new Map<string, T>();
  for (const item of items) {
    const ageMs = agentNowMs - item.agentMs;
    if (item.reason === 'removed') {
      if (ageMs > keepMs) expired.add(item);
      continue;
    }
    if (ageMs > keepMs) {
      expired.add(item);
      continue;
    }
    const slotMs = ageMs > engineLimits.replacedHourlyMs ? DAY_MS : HOUR_MS;
    const slot = `${item.path}//${slotMs}/${Math.floor(item.agentMs / slotMs)}`;
    const older = newestInSlot.get(slot);
    if (older) expired.add(older);
    newestInSlot.set(slot, item);
  }
  let bytes = items.reduce((sum, item) => sum + (expired.has(item) ? 0 : item.bytes), 0);
  for (const item of byDispensability(items, agentNowMs)) {
    if (bytes <= bytesMax) break;
    if (expired.has(item)) continue;
    expired.add(item);
    bytes -= item.bytes;
  }
  return items.filter((item) => expired.has(item));
}

function byDispensability<T extends Item>(items: readonly T[], agentNowMs: number): readonly T[] {
  const replaced = items.filter((item) => item.reason === 'replaced');
  const removed = items.filter((item) => item.reason === 'removed' && agentNowMs - item.agentMs > engineLimits.trashProtectedMs);
  return [...replaced, ...removed];
}
