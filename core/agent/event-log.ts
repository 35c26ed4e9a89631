import { Emitter, HOUR_MS, SECOND_MS, hexFromBytes, isoFromWallMs, wallMsFromIso } from '../base/index.ts';
import type { ApiEvent, EventFieldsOf, EventKind, Incident, IncidentKind, IncidentRecord } from '../api/index.ts';
import type { DeviceId, FolderId } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Clock, LogLevel, Logger, Random, Store, Timer } from '../ports/index.ts';
import { Records } from './records.ts';

/** What an event is about. */
export interface EventSubject {
  readonly folder?: FolderId;
  readonly device?: DeviceId;
  readonly path?: string;
}

/** Whether the fields of a kind may be left out. */
type MayLackFields<K extends EventKind> = Record<never, never> extends EventFieldsOf<K> ? true : false;
type WithFields<K extends EventKind> = EventSubject &
  (MayLackFields<K> extends true ? { readonly fields?: EventFieldsOf<K> } : { readonly fields: EventFieldsOf<K> });

interface Subject extends EventSubject {
  readonly fields?: Record<string, unknown>;
}

const collapseMs = 5 * SECOND_MS;
const eventsBefore = 50;
/** Incidents are written together, this long after the first of them. */
const writeDelayMs = 250;

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
  #incidents: readonly IncidentRecord[] = [];
  /** Ids of incidents that are not written as they are now; of some that are gone. */
  readonly #unwritten = new Set<string>();
  #writing: Timer | undefined;
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
    log.#incidentTimesMs = log.#incidents.filter(({ kind }) => kind !== summaryKind).map(({ at }) => wallMsFromIso(at) ?? 0);
    return log;
  }

  note<K extends EventKind>(
    level: LogLevel,
    kind: K,
    ...[subject]: MayLackFields<K> extends true ? [subject?: WithFields<K>] : [subject: WithFields<K>]
  ): void {
    this.#note(level, kind, subject ?? {});
  }

  /**
   * Tells those who follow, and keeps nothing: each small edit makes a hint or two, which would drive what matters out of the story, and
   * out of what leads to an incident. What a hint says is in the status.
   */
  hint(folder: FolderId, fields: EventFieldsOf<'folder-state'>): void {
    this.added.emit(this.#event(Math.max(1, this.#sequence), 'debug', 'folder-state', { folder, fields }));
  }

  /** An event worth a person's attention. `text` is for that person. */
  incident<K extends IncidentKind>(
    kind: K,
    text: string,
    subject: EventSubject & { readonly fields?: Omit<EventFieldsOf<K>, 'text'> } = {},
  ): void {
    this.#note('error', kind, { ...subject, fields: { ...subject.fields, text } });
    const now = this.#clock.wallNow();
    const same = this.#incidents.findLast((incident) => incident.kind === kind);
    if (same && now - (wallMsFromIso(same.at) ?? 0) < collapseMs) return this.#keep(this.#repeated(same));
    this.#incidentTimesMs = this.#incidentTimesMs.filter((at) => now - at < HOUR_MS);
    if (this.#incidentTimesMs.length >= limits.incidentsPerHourMax) {
      const summary = this.#incidents.findLast((incident) => incident.kind === summaryKind);
      const isRecent = summary !== undefined && now - (wallMsFromIso(summary.at) ?? 0) < HOUR_MS;
      return this.#keep(isRecent ? this.#repeated(summary) : this.#fresh(summaryKind, summaryText, {}));
    }
    this.#incidentTimesMs.push(now);
    this.#keep(this.#fresh(kind, text, subject));
  }

  events(limit: number): readonly ApiEvent[] {
    return this.#events.slice(-limit);
  }

  /** Oldest first. */
  incidents(): readonly Incident[] {
    return this.#incidents.map(({ history: _history, ...incident }) => incident);
  }

  /** With the events that led to each. */
  incidentRecords(): readonly IncidentRecord[] {
    return this.#incidents;
  }

  /** Hands what is not written yet to the store. */
  flush(): void {
    this.#writing?.cancel();
    this.#writing = undefined;
    if (this.#unwritten.size === 0) return;
    const byId = new Map(this.#incidents.map((incident) => [incident.id, incident]));
    const changes = [...this.#unwritten].map((id) => {
      const incident = byId.get(id);
      return incident ? this.#records.putChange(id, incident) : this.#records.deleteChange(id);
    });
    this.#unwritten.clear();
    this.#store.commit(changes, { durable: false }).catch((error: unknown) => {
      this.#logger.log('warn', 'incident-not-kept', { count: changes.length, text: String(error) });
    });
  }

  #note(level: LogLevel, kind: string, subject: Subject): void {
    this.#sequence += 1;
    const event = this.#event(this.#sequence, level, kind, subject);
    this.#events.push(event);
    if (this.#events.length > limits.eventsKeptMax) this.#events.splice(0, this.#events.length - limits.eventsKeptMax);
    const { folder, device, path, fields } = subject;
    this.#logger.log(level, kind, { folder: folder?.slice(0, 8), device: device?.slice(-7), path, ...fields });
    this.added.emit(event);
  }

  #event(sequence: number, level: LogLevel, kind: string, { fields, ...about }: Subject): ApiEvent {
    return {
      ...{ sequence, at: isoFromWallMs(this.#clock.wallNow()), kind, level, ...about },
      ...(fields ? { fields: fields as NonNullable<ApiEvent['fields']> } : {}),
    };
  }

  #fresh(kind: string, text: string, { folder, device }: EventSubject): IncidentRecord {
    const now = this.#clock.wallNow();
    const at = isoFromWallMs(now);
    return {
      ...{ id: `${now.toString(36)}-${hexFromBytes(this.#random.bytes(4))}`, at, kind, text, count: 1, lastAt: at },
      ...(folder === undefined ? {} : { folder }),
      ...(device === undefined ? {} : { device }),
      history: this.#events.slice(-eventsBefore),
    };
  }

  /** The same again: what came since is part of its history, up to a bound. */
  #repeated(incident: IncidentRecord): IncidentRecord {
    const last = this.#events.at(-1);
    const history = last && incident.history.length < limits.incidentEventsMax ? [...incident.history, last] : incident.history;
    return { ...incident, count: incident.count + 1, lastAt: isoFromWallMs(this.#clock.wallNow()), history };
  }

  #keep(record: IncidentRecord): void {
    const all = [...this.#incidents.filter((incident) => incident.id !== record.id), record];
    const droppedCount = Math.max(0, all.length - limits.incidentsKeptMax);
    this.#incidents = all.slice(droppedCount);
    for (const { id } of [...all.slice(0, droppedCount), record]) this.#unwritten.add(id);
    this.#writing ??= this.#clock.setTimer(writeDelayMs, () => this.flush());
  }
}

const summaryKind = 'more-incidents';
const summaryText = 'More incidents happened than are kept one by one; the events list them.';
