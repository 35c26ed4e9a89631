import { describe, expect, test } from 'vitest';
import type { IncidentKind } from '../api/index.ts';
import { incidentRecordSchema } from '../api/index.ts';
import type { DeviceId, FolderId } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Store } from '../ports/index.ts';
import { delay } from '../ports/index.ts';
import { onStore } from '../testing/on-store.ts';
import type { SimHost } from '../testing/sim/index.ts';
import { EventLog } from './event-log.ts';

const anna = 'anna' as DeviceId;
const photos = 'photos' as FolderId;

function open(store: Store, host: SimHost): Promise<EventLog> {
  return EventLog.load(store, host.ports.clock, host.ports.random, host.ports.logger);
}

describe('events', () => {
  test('INC-1 the last few thousand are kept in memory, numbered without gaps', async () => {
    await onStore(async (store, host) => {
      const log = await open(store, host);
      for (let i = 0; i < limits.eventsKeptMax + 10; i++) log.note('info', 'published', { path: `${i}`, fields: { bytes: i } });
      const events = log.events(Infinity);
      expect(events).toHaveLength(limits.eventsKeptMax);
      expect(events[0]).toMatchObject({ sequence: 11, kind: 'published', path: '10', fields: { bytes: 10 } });
      expect(log.events(2).map(({ sequence }) => sequence)).toEqual([limits.eventsKeptMax + 9, limits.eventsKeptMax + 10]);
    });
  });
});

describe('incidents', () => {
  test('INC-1 incidents of one cause within 5 s are one with a count, and survive', async () => {
    await onStore(
      async (store, host) => {
        const log = await open(store, host);
        for (let i = 0; i < 200; i++) log.incident('link-unstable', 'broke', { device: anna });
        expect(log.incidents()).toMatchObject([{ kind: 'link-unstable', count: 200, device: anna }]);
        await delay(host.ports.clock, 5_100);
        log.incident('link-unstable', 'broke again');
        log.flush();
        await store.commit([], { durable: true });
      },
      async (store, host) => {
        const log = await open(store, host);
        expect(log.incidents()).toMatchObject([
          { text: 'broke', count: 200 },
          { text: 'broke again', count: 1 },
        ]);
      },
    );
  });

  test('INC-1 an incident is written later, in one piece with all of the same moment, never at once', async () => {
    await onStore(async (store, host) => {
      const commits: number[] = [];
      const counting: Store = {
        ...{ get: store.get.bind(store), getMany: store.getMany.bind(store), scan: store.scan.bind(store) },
        ...{ count: store.count.bind(store), close: store.close.bind(store) },
        commit: (changes, options) => {
          commits.push(changes.length);
          return store.commit(changes, options);
        },
      };
      const log = await open(counting, host);
      for (let i = 0; i < 200; i++) log.incident('link-unstable', 'broke');
      log.incident('disk-full', 'full');
      expect(commits).toEqual([]);
      await delay(host.ports.clock, 1_000);
      expect(commits).toEqual([2]);
    });
  });

  test('INC-1 an incident has the events that led to it, and those that came with its repeats', async () => {
    await onStore(async (store, host) => {
      const log = await open(store, host);
      for (let i = 0; i < 60; i++) log.note('info', 'folder-scanned', { folder: photos });
      log.incident('folder-stopped', 'The folder is gone.', { folder: photos, fields: { reason: 'root-missing' } });
      for (let i = 0; i < 1_000; i++) log.incident('folder-stopped', 'gone too', { fields: { reason: 'root-missing' } });
      const [record] = log.incidentRecords();
      expect(incidentRecordSchema.safeParse(record).error).toBeUndefined();
      expect(record).toMatchObject({ text: 'The folder is gone.', folder: photos, count: 1_001 });
      expect(record?.history).toHaveLength(limits.incidentEventsMax);
      expect(record?.history[49]).toMatchObject({
        kind: 'folder-stopped',
        fields: { text: 'The folder is gone.', reason: 'root-missing' },
      });
      expect(log.incidents()[0]).not.toHaveProperty('history');
    });
  });

  test('INC-1 at most 12 an hour, then one summary, also over a restart', async () => {
    const strike = (log: EventLog, from: number, count: number): void => {
      for (let i = from; i < from + count; i++) log.incident(`cause-${i}` as IncidentKind, 'something');
    };
    await onStore(
      async (store, host) => {
        const log = await open(store, host);
        strike(log, 0, 40);
        expect(log.incidents()).toHaveLength(13);
        expect(log.incidents().at(-1)).toMatchObject({ kind: 'more-incidents', count: 28 });
        log.flush();
        await store.commit([], { durable: true });
      },
      async (store, host) => {
        const log = await open(store, host);
        strike(log, 100, 5);
        expect(log.incidents()).toHaveLength(13);
        expect(log.incidents().at(-1)).toMatchObject({ kind: 'more-incidents', count: 33 });
      },
    );
  });

  test('INC-1 the oldest make room', async () => {
    await onStore(async (store, host) => {
      const log = await open(store, host);
      for (let i = 0; i < limits.incidentsKeptMax + 20; i++) {
        log.incident(`cause-${i}` as IncidentKind, 'something');
        await delay(host.ports.clock, 3_600_000 / limits.incidentsPerHourMax + 1);
      }
      expect(log.incidents()).toHaveLength(limits.incidentsKeptMax);
      expect(log.incidents()[0]?.kind).toBe('cause-20');
      log.flush();
      expect((await open(store, host)).incidents()).toHaveLength(limits.incidentsKeptMax);
    });
  });
});
