import type { DeviceRecovery } from './recovery-types.ts';

/** This host's own wake or start, as its recoveries with all devices add up to it. */
export type OwnRecovery = Omit<DeviceRecovery, 'device' | 'begun'>;

/**
 * What each wake and start of this host (`own`, in order) came to: everything cleared, the first link live, all devices even that came
 * back for it. `of` are the recoveries with all devices.
 */
export function ownRecoveries(
  own: readonly Pick<OwnRecovery, 'at' | 'cause' | 'asleepSince'>[],
  of: readonly DeviceRecovery[],
): readonly OwnRecovery[] {
  return own.map((each) => {
    const parts = of.filter(({ at, cause }) => at === each.at && cause === each.cause);
    const live = parts.filter(({ liveAfterMs }) => liveAfterMs !== undefined);
    return {
      at: each.at,
      cause: each.cause,
      asleepSince: each.asleepSince,
      referencesCleared: parts.reduce((sum, { referencesCleared }) => sum + referencesCleared, 0),
      clearedAfterMs: latest(parts.map(({ clearedAfterMs }) => clearedAfterMs).filter((ms) => ms !== undefined)),
      liveAfterMs: live.length === 0 ? undefined : Math.min(...live.map(({ liveAfterMs }) => liveAfterMs ?? 0)),
      metadataEvenAfterMs: latest(live.map(({ metadataEvenAfterMs }) => metadataEvenAfterMs)),
      dataEvenAfterMs: latest(live.map(({ dataEvenAfterMs }) => dataEvenAfterMs)),
      ended: endOf(live),
    };
  });
}

/** The last of several durations; undefined where one of them was not reached. */
function latest(durations: readonly (number | undefined)[]): number | undefined {
  const reached = durations.filter((ms) => ms !== undefined);
  return reached.length === 0 || reached.length < durations.length ? undefined : Math.max(...reached);
}

function endOf(parts: readonly DeviceRecovery[]): DeviceRecovery['ended'] {
  if (parts.length === 0 || parts.some(({ ended }) => ended === undefined)) return undefined;
  return parts.some(({ ended }) => ended === 'interrupted') ? 'interrupted' : 'even';
}
