import type { WallMs } from '../base/index.ts';
import type { BlockName, DeviceId } from '../model/index.ts';
import { journalDevice } from '../model/index.ts';
import type { FolderJournal } from '../journal/types.ts';
import type { DownloadQueue } from './download-queue.ts';
import type { ExchangeStatus, MissingBlock } from './exchange-types.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';
import type { OpenDownload } from './open-download.ts';

export interface WaitingHost {
  readonly journal: FolderJournal;
  readonly queue: DownloadQueue;
  readonly isLive: (device: DeviceId) => boolean;
}

/** For whom the folder waits (FET-7): devices known to have what is missing and not reachable, each with the begin of the longest wait. */
export function waitingFor({ journal, queue, isLive }: WaitingHost): ExchangeStatus['waitingFor'] {
  const sinceByDevice = new Map<DeviceId, WallMs>();
  for (const open of queue.all()) {
    if (open.state !== 'waiting' || open.waitingSince === undefined) continue;
    for (const device of knownToHave(journal, open)) {
      if (isLive(device)) continue;
      const since = sinceByDevice.get(device);
      if (since === undefined || open.waitingSince < since) sinceByDevice.set(device, open.waitingSince);
    }
  }
  return [...sinceByDevice].map(([device, since]) => ({ device, since }));
}

/** Blocks that nobody reachable has, by name (JRN-3); the first ones. */
export function missingBlocks({ journal, queue }: WaitingHost, noSource: readonly BlockName[]): MissingBlock[] {
  const missing: MissingBlock[] = [];
  const add = (name: BlockName, open: OpenDownload): void => {
    missing.push({ name, path: open.download.path, asked: [...open.asked], knownToHave: knownToHave(journal, open) });
  };
  for (const name of noSource) for (const open of queue.board.get(name)?.downloads ?? []) add(name, open);
  for (const open of queue.all()) {
    if (missing.length >= tuning.missingShownMax) break;
    if (open.state !== 'waiting') continue;
    const [first] = open.download.missing();
    if (first && !open.outstanding.has(first.name)) add(first.name, open);
  }
  return missing.slice(0, tuning.missingShownMax);
}

/** Those whose history says so; where nobody's does, the author once had it. */
function knownToHave(journal: FolderJournal, open: OpenDownload): readonly DeviceId[] {
  const { ref } = open.download.entry;
  const devices = journal.devicesThatApplied(ref);
  return devices.length > 0 ? devices : [journalDevice(ref.journal)];
}
