import type { KnownEntry } from '../../model/index.ts';

/** An entry in one line: who wrote it, what it says, what it has seen. */
export function entryText({ ref, snap, vector, conflictOf }: KnownEntry): string {
  const seen = [...vector].map(([journal, counter]) => `${journalName(journal)}:${counter}`).join(' ');
  const what =
    snap.kind === 'file'
      ? `file ${snap.size} bytes, mtime ${snap.mtimeMs}, executable ${snap.executable}, ${snap.blocks.kind === 'inline' ? snap.blocks.blocks.map(({ name }) => name.slice(0, 6)).join(' ') : 'paged'}`
      : snap.kind;
  return `${journalName(ref.journal)}#${ref.sequence} ${what} {${seen}}${conflictOf === undefined ? '' : ` a conflict copy of ${conflictOf}`}`;
}

/** A journal in a few letters: the ends of its device's name and of its generation's beginning. */
export function journalName(journal: string): string {
  return journal.slice(-24, -13);
}
