import type { WallMs } from '../base/index.ts';
import { plusMs } from '../base/index.ts';
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
  /** How long nothing has come from a live device although something should; undefined where nothing is wrong. */
  readonly standsStillMs: (device: DeviceId) => number | undefined;
  readonly wallNow: () => WallMs;
}

/**
 * For whom the folder waits (FET-7): devices known to have what is missing that are not reachable, or are and do not deliver, each with
 * the begin of the longest wait.
 */
export function waitingFor(host: WaitingHost): ExchangeStatus['waitingFor'] {
  const sinceByDevice = new Map<DeviceId, WallMs>();
  const add = (device: DeviceId, since: WallMs): void => {
    const known = sinceByDevice.get(device);
    if (known === undefined || since < known) sinceByDevice.set(device, since);
  };
  for (const open of host.queue.all()) {
    if (open.state === 'waiting' && open.waitingSince !== undefined) {
      for (const device of knownToHave(host.journal, open)) if (!host.isLive(device)) add(device, open.waitingSince);
    }
    if (!standsStill(host, open)) continue;
    for (const device of open.sources) add(device, plusMs(host.wallNow(), -(host.standsStillMs(device) ?? 0)));
  }
  return [...sinceByDevice].map(([device, since]) => ({ device, since }));
}

/** A file is coming in from a device that delivers, or is being put in place. */
export function isMoving(host: WaitingHost): boolean {
  for (const open of host.queue.all()) {
    if (open.state === 'finishing' || (open.state === 'fetching' && !standsStill(host, open))) return true;
  }
  return false;
}

/** It is being fetched, and none of those that have it delivers. */
function standsStill({ standsStillMs }: WaitingHost, open: OpenDownload): boolean {
  return open.state === 'fetching' && [...open.sources].every((device) => standsStillMs(device) !== undefined);
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
