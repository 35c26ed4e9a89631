import { assert } from '../../core/base/index.ts';
import type { Contender } from './contender.ts';
import { dormousePair } from './dormouse-pair.ts';
import { fsyncFloor } from './fsync-floor.ts';
import type { ContenderId } from './results.ts';
import { rsyncFloor } from './rsync-floor.ts';
import { streamFloor } from './stream-floor.ts';
import { syncthingPair } from './syncthing-pair.ts';

/** In the order of their turns and of the table. */
export const contenders: readonly Contender[] = [dormousePair, syncthingPair, rsyncFloor, streamFloor, fsyncFloor];

export function contenderById(id: ContenderId): Contender {
  const found = contenders.find((contender) => contender.id === id);
  assert(found !== undefined, `no contender ${id}`);
  return found;
}
