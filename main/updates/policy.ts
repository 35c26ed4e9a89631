import type { Status } from '../../core/api/index.ts';

/** Below this charge on battery nothing is downloaded or installed: a machine that dies in the middle is worse than an old version. */
const batteryFloorPercent = 25;

export interface Battery {
  readonly onBattery: boolean;
  readonly percent: number | undefined;
}

/** Why an update has to wait, in words that go on after "waits until"; null where it need not. */
export function updateWaitsFor(status: Status | undefined, battery: Battery | undefined): string | null {
  if (battery?.onBattery === true && battery.percent !== undefined && battery.percent < batteryFloorPercent)
    return 'the battery is charged';
  if (status === undefined) return 'the agent has started';
  if (status.folders.some((folder) => folder.state === 'recovering' || folder.state === 'syncing')) return 'syncing is through';
  return null;
}
