import type { FolderJournal } from '../journal/types.ts';
import { appliedToWire } from './wire-vectors.ts';
import type { AppliedRecord } from './wire-vectors.ts';

export interface AppliedReport {
  readonly record: AppliedRecord;
  /** Equal for equal reports. */
  readonly key: string;
}

/** What we have applied, in wire form, computed once per change however many peers are told (JRN-7). */
export class AppliedCache {
  readonly #journal: FolderJournal;
  #report: Promise<AppliedReport> | undefined;

  constructor(journal: FolderJournal) {
    this.#journal = journal;
  }

  changed(): void {
    this.#report = undefined;
  }

  report(): Promise<AppliedReport> {
    return (this.#report ??= this.#compute());
  }

  async #compute(): Promise<AppliedReport> {
    const record = appliedToWire(await this.#journal.applied());
    return { record, key: JSON.stringify(record) };
  }
}
