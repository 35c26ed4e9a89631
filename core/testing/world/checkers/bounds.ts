import { limits } from '../../../model/index.ts';
import { SimClock } from '../../sim/index.ts';
import type { Laptop } from '../laptop.ts';

/** More timers than this at once means that something arms them without end. */
const timersMax = 400;

/** Everything that can be counted from outside stays within its bound (chapter 11). */
export function checkBounds(laptop: Laptop): readonly string[] {
  const { running } = laptop;
  if (!running) return [];
  const { core } = running;
  const figures: [string, number, number][] = [
    ['incidents', core.events.incidents().length, limits.incidentsKeptMax],
    ['links', core.supervisor.sessions().length, limits.rosterDevicesMax],
    ['folders', core.folders.size, limits.foldersMax],
    ['changes of its lane', core.recoveryBook.marks('self').length, limits.laneMarksMax],
    ['finished transfers', core.activity.finished().length, limits.transfersFinishedMax],
  ];
  for (const { id } of core.devices.known()) figures.push(['recoveries', core.recoveryBook.of(id).length, limits.recoveriesPerDeviceMax]);
  const { clock } = core.ports;
  if (clock instanceof SimClock) figures.push(['timers', clock.armedCount, timersMax]);
  return figures.filter(([, count, max]) => count > max).map(([name, count, max]) => `${laptop.name}: ${count} ${name}, more than ${max}`);
}
