import type { DeviceStatus } from '../api/index.ts';
import type { DeviceId } from '../model/index.ts';
import type { FolderRuntime } from './folder-runtime.ts';

/** Files being sent that are looked at per folder: the newest, so that the status stays cheap while thousands of small ones go out. */
const filesShownMax = 128;

/** What each device is fetching from here: files of which blocks go out to it, as long as it has not told that it applied them. */
export async function sendingByDevice(folders: Iterable<FolderRuntime>): Promise<ReadonlyMap<DeviceId, DeviceStatus['sending']>> {
  const byDevice = new Map<DeviceId, DeviceStatus['sending']>();
  for (const { exchange, journal } of folders) {
    const sending = exchange.status().sending.slice(-filesShownMax);
    if (sending.length === 0) continue;
    const states = await journal.pathStates(sending.map(({ path }) => path));
    sending.forEach(({ device, bytes }, index) => {
      const entry = states[index]?.history?.entry;
      if (entry?.snap.kind !== 'file' || journal.devicesThatApplied(entry.ref).includes(device)) return;
      const { size } = entry.snap;
      const before = byDevice.get(device) ?? { files: 0, bytes: 0, sent: 0 };
      byDevice.set(device, { files: before.files + 1, bytes: before.bytes + size, sent: before.sent + Math.min(bytes, size) });
    });
  }
  return byDevice;
}
