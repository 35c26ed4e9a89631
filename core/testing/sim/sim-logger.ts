import type { LogFields, Logger, LogLevel } from '../../ports/index.ts';

export interface LogRecord {
  /** Virtual ms since the world began. */
  readonly atMs: number;
  readonly host: string;
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: LogFields;
}

/** {@link Logger} that keeps the newest records in a ring. */
export class SimLogger implements Logger {
  readonly #host: string;
  readonly #now: () => number;
  readonly #recordsMax: number;
  #records: LogRecord[] = [];

  constructor(host: string, now: () => number, recordsMax = 2000) {
    this.#host = host;
    this.#now = now;
    this.#recordsMax = recordsMax;
  }

  log(level: LogLevel, event: string, fields: LogFields = {}): void {
    this.#records.push({ atMs: this.#now(), host: this.#host, level, event, fields });
    if (this.#records.length >= 2 * this.#recordsMax) this.#records = this.#records.slice(-this.#recordsMax);
  }

  /** The newest records, oldest first. */
  records(): readonly LogRecord[] {
    return this.#records.slice(-this.#recordsMax);
  }

  /** One line per record. */
  print(): string {
    return this.records().map(printRecord).join('\n');
  }
}

export function printRecord(record: LogRecord): string {
  const fields = Object.entries(record.fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [record.atMs.toFixed(1).padStart(10), record.host, record.level, record.event, ...fields].join(' ');
}
