import type { DeviceId } from '../model/index.ts';
import type { FolderJournal } from '../journal/types.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';

/** The folder's roster as the exchange uses it: who is on it, and which statements someone else lacks. */
export class RosterView {
  readonly #journal: FolderJournal;

  constructor(journal: FolderJournal) {
    this.#journal = journal;
  }

  isMember(device: DeviceId): boolean {
    return this.#journal.roster().members.has(device);
  }

  /** Hashes of all statements that we know. */
  known(): string[] {
    return this.#journal.rosterStatements().map(({ hash }) => hash);
  }

  /** Statements missing in `theirs`, causes first, as many as one message carries. */
  missingIn(theirs: ReadonlySet<string>): Uint8Array[] {
    const statements: Uint8Array[] = [];
    let bytes = 0;
    for (const statement of this.#journal.rosterStatements()) {
      if (theirs.has(statement.hash)) continue;
      bytes += statement.bytes.length;
      if (statements.length > 0 && bytes > tuning.rosterBytesMax) break;
      statements.push(statement.bytes);
    }
    return statements;
  }

  /** Whether we lack one of `theirs`. */
  lacksAnyOf(theirs: ReadonlySet<string>): boolean {
    const ours = new Set(this.known());
    return [...theirs].some((hash) => !ours.has(hash));
  }
}
