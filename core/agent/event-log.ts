import { Emitter, HOUR_MS, SECOND_MS, hexFromBytes, isoFromWallMs, wallMsFromIso } from '../base/index.ts';
import type { ApiEvent, Incident } from '../api/index.ts';
import type { DeviceId, FolderId } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Clock, LogLevel, Logger, Random, Store } from '../ports/index.ts';
import { Records } from './records.ts';

type EventFields = NonNullable<ApiEvent['fields']>;

/** What an event is about. */
export interface EventSubject {
  readonly folder?: FolderId;
  readonly device?: DeviceId;
  readonly path?: string;
  readonly fields?: EventFields;
}

interface IncidentRecord extends Incident {
  readonly history: readonly ApiEvent[];
}

const collapseMs = 5 * SECOND_MS;
const eventsBefore = 50;

/**
 * Everything that happened: the newest events in memory, each also in the log, and incidents with what led to them, written
 * behind everyone's back (INC-1). Incidents of one cause within 5 s are one with a count; at most 12 an hour, then one summary.
 */
export class EventLog {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #records: Records<IncidentRecord>;
  readonly #store: Store;
  readonly #events: ApiEvent[] = [];
  #incidents: IncidentRecord[] = [];
  #incidentTimesMs: number[] = [];
  #sequence = 0;
  readonly added = new Emitter<ApiEvent>();

  private constructor(store: Store, clock: Clock, random: Random, logger: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.#logger = logger;
    this.#records = new Records(store, 'agent/incidents', (stored) => stored as IncidentRecord);
  }

  static async load(store: Store, clock: Clock, random: Random, logger: Logger): Promise<EventLog> {
    const log = new EventLog(store, clock, random, logger);
    log.#incidents = (await log.#records.all()).map((row) => row.value);
    return log;
  }

  note(level: LogLevel, kind: string, subject: EventSubject = {}): void {
    this.#sequence += 1;
    const event: ApiEvent = { sequence: this.#sequence, at: this.#now(), kind, level, ...subject };
    this.#events.push(event);
    if (this.#events.length > limits.eventsKeptMax) this.#events.splice(0, this.#events.length - limits.eventsKeptMax);
    this.#logger.log(level, kind, {
      folder: subject.folder?.slice(0, 8),
      device: subject.device?.slice(-7),
      path: subject.path,
      ...subject.fields,
    });
    this.added.emit(event);
  }

  /** An event worth a person's attention. `text` is for that person. */
  incident(kind: string, text: string, subject: EventSubject = {}): void {
    this.note('error', kind, { ...subject, fields: { ...subject.fields, text } });
    const now = this.#clock.wallNow();
    const same = this.#incidents.findLast((incident) => incident.kind === kind);
    if (same && now - (wallMsFromIso(same.at) ?? 0) < collapseMs) return this.#keep({ ...same, count: same.count + 1 });
    this.#incidentTimesMs = this.#incidentTimesMs.filter((at) => now - at < HOUR_MS);
    if (this.#incidentTimesMs.length >= limits.incidentsPerHourMax) {
      const summary = this.#incidents.findLast((incident) => incident.kind === 'more-incidents');
      const isRecent = summary !== undefined && now - (wallMsFromIso(summary.at) ?? 0) < HOUR_MS;
      const text = 'More incidents happened than are kept one by one; the events list them.';
      return this.#keep(isRecent ? { ...summary, count: summary.count + 1 } : this.#fresh('more-incidents', text));
    }
    this.#incidentTimesMs.push(now);
    this.#keep(this.#fresh(kind, text));
  }

  events(limit: number): readonly ApiEvent[] {
    return this.#events.slice(-limit);
  }

  incidents(): readonly Incident[] {
    return this.#incidents.map(({ id, at, kind, text, count }) => ({ id, at, kind, text, count }));
  }

  /** With the events that led to each, for diagnostics. */
  incidentRecords(): readonly unknown[] {
    return this.#incidents;
  }

  #fresh(kind: string, text: string): IncidentRecord {
    const id = `${this.#clock.wallNow().toString(36)}-${hexFromBytes(this.#random.bytes(4))}`;
    return { id, at: this.#now(), kind, text, count: 1, history: this.#events.slice(-eventsBefore) };
  }

  #keep(record: IncidentRecord): void {
    this.#incidents = [...this.#incidents.filter((incident) => incident.id !== record.id), record];
    const dropped = this.#incidents.splice(0, Math.max(0, this.#incidents.length - limits.incidentsKeptMax));
    const changes = [this.#records.putChange(record.id, record), ...dropped.map((incident) => this.#records.deleteChange(incident.id))];
    this.#store.commit(changes, { durable: false }).catch(() => this.#logger.log('warn', 'incident-not-kept', { kind: record.kind }));
  }

  #now(): string {
    return isoFromWallMs(this.#clock.wallNow());
  }
}
