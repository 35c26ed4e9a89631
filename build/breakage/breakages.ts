/** One change of one source file: `find` occurs there exactly once. */
export interface BreakageEdit {
  /** Relative to the project. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A deliberate fault of the product, which the simulated world must catch: what it is worth is measured by these. */
export interface Breakage {
  readonly name: string;
  /** What goes wrong for people, and by which rule it must not. */
  readonly why: string;
  readonly edits: readonly BreakageEdit[];
  /** Where to begin: the first seed known to catch it is near. */
  readonly from?: number;
}

export const breakages: readonly Breakage[] = [
  {
    name: 'vector-from-journal',
    why: 'JRN-4: a local change claims to know versions that were never on this disk, and silently overwrites them',
    edits: [
      {
        file: 'core/reconcile/decide.ts',
        find: "if (mayAnnounce) return { kind: 'announce', snap, vector: history?.vector ?? emptyVector };",
        replace:
          "if (mayAnnounce) return { kind: 'announce', snap, vector: heads.reduce((joined, head) => joinVectors(joined, head.vector), history?.vector ?? emptyVector) };",
      },
    ],
  },
  {
    name: 'removal-without-proof',
    from: 60,
    why: 'FLD-5: a directory that cannot be listed counts as empty, and all that is in it is removed everywhere',
    edits: [
      {
        file: 'core/folder/scanner.ts',
        find: 'const listed = await disk.tree.list(directory);',
        replace:
          'const listing = await disk.tree.list(directory);\n    const listed = listing.ok ? listing : { ok: true as const, value: [], error: undefined as never };',
      },
    ],
  },
  {
    name: 'equal-content-is-a-conflict',
    why: 'FLD-3: what two people saved alike becomes a conflict with a copy',
    edits: [
      {
        file: 'core/reconcile/decide.ts',
        find: 'if (sameContent(winner.snap, history.snap)) return decideEqual(heads, history, winner);',
        replace:
          'if (sameContent(winner.snap, history.snap) && covers(history.vector, winner.vector)) return decideEqual(heads, history, winner);',
      },
    ],
  },
  {
    name: 'no-epoch-check',
    why: 'SES-1: the end of a link that was replaced takes the link that replaced it',
    edits: [
      {
        file: 'core/session/peer-supervisor.ts',
        find: "if (this.#current === candidate) this.#current = undefined;\n    candidate.stage = 'over';\n    const livedMs",
        replace: "this.#current = undefined;\n    candidate.stage = 'over';\n    const livedMs",
      },
    ],
  },
  {
    name: 'references-outlive-the-epoch',
    why: 'SES-2: what points at an ended epoch stays in the tables, and calls to it never settle',
    edits: [
      {
        file: 'core/session/peer-session.ts',
        find: 'const references = this.#options.references.clear(this.epoch);',
        replace: 'const references = 0;',
      },
    ],
  },
  {
    name: 'publish-without-intent',
    from: 5,
    why: 'FLD-2: a program that dies while it replaces a file leaves the old one aside, and no later run knows of it',
    edits: [
      {
        file: 'core/folder/publisher.ts',
        find: 'await this.#trash.rows.begin(intent);',
        replace: 'await Promise.resolve();',
      },
    ],
  },
  {
    name: 'newest-first-with-prefix-have',
    why: 'JRN-2: a journal is taken in any order while the have-vector tells only where it ends, so what is missing before is never sent',
    edits: [
      {
        file: 'core/journal/merging.ts',
        find: "return err({ kind: 'gap', mark: markOf(chains) });\n    case 'broken':",
        replace: "return takeAnyway();\n    case 'broken':",
      },
      {
        file: 'core/journal/merging.ts',
        find: '  const place = placeBatch(chains, first, last, previousHash, batch.hash);\n',
        replace: `  const place = placeBatch(chains, first, last, previousHash, batch.hash);
  const takeAnyway = async (): Promise<Result<Merged, BatchRefusal>> => {
    const change = newChange(parts);
    const { number } = change.journal(journal);
    change.rows.push(...parts.batches.putRows(number, first, last, batch.hash, bytes));
    await addEntries(change, batch.entries);
    change.setChains(journal, { ...chains, main: { ...chains.main, end: last, endHash: batch.hash } });
    return ok({ mark: markOf(chains), paths: await change.commit({ durable: true }) });
  };
`,
      },
      {
        file: 'core/exchange/peer-sync.ts',
        find: 'const body = framesOf(items);',
        replace: 'const body = framesOf([...items].reverse());',
      },
    ],
  },
  {
    name: 'no-directory-sync',
    why: 'DUR-1: history says that a file is on the disk before its name is; after a power cut it counts as removed by the user',
    edits: [
      {
        file: 'core/folder/commit-group.ts',
        find: 'const synced = await this.#disk.tree.syncDirectory(directory);',
        replace: 'const synced: Result<void, FileError> = ok();',
      },
    ],
  },
  {
    name: 'dropped-tombstone',
    why: 'JRN-6: once nothing of a removed path is on the disk its removal is forgotten, and a device that was away brings the file back',
    edits: [
      {
        file: 'core/journal/folder-change.ts',
        find: 'const isKnown = after.heads.length > 0;',
        replace: "const isKnown = after.heads.some((head) => head.snap.kind !== 'removed');",
      },
    ],
  },
  {
    name: 'unverified-staged-block',
    from: 60,
    why: 'BLK-3, DUR-1: after a power cut whatever lies in staging counts as the blocks that were written there',
    edits: [
      {
        file: 'core/folder/stage.ts',
        find: 'isThere &&= bytes.value.length === block.size && (await this.#context.hasher.hash(bytes.value)) === block.name;',
        replace: 'isThere &&= bytes.value.length === block.size;',
      },
    ],
  },
  {
    name: 'unverified-fetched-block',
    why: 'BLK-1: bytes of a peer are published without a look at their hash',
    edits: [
      {
        file: 'core/folder/block-reader.ts',
        find: 'return bytes.length === size && (await this.#context.hasher.hash(bytes)) === name ? bytes : undefined;',
        replace: 'void name;\n    return bytes.length === size ? bytes : undefined;',
      },
      {
        file: 'core/exchange/fetch-driver.ts',
        find: 'const name = await hasher.hash(bytes);',
        replace: 'const name = block.name;\n    void hasher;',
      },
    ],
  },
  {
    name: 'false-up-to-date',
    why: 'STA-1: "up to date" is claimed while a reachable device has entries that are not known here',
    edits: [
      {
        file: 'core/agent/folder-state.ts',
        find: "if (isUneven) return 'recovering';",
        replace: '',
      },
    ],
  },
  {
    name: 'up-to-date-while-wanted',
    why: 'STA-1: "up to date" is claimed while files are missing here',
    edits: [
      {
        file: 'core/agent/folder-state.ts',
        find: "if (facts.wanted.files > 0) return 'waiting';",
        replace: '',
      },
    ],
  },
  {
    name: 'up-to-date-while-a-change-is-read',
    why: 'STA-1: "up to date" is claimed while a changed file was found here and is not recorded',
    edits: [
      {
        file: 'core/agent/folder-state.ts',
        find: "if (facts.reading.files > 0) return 'scanning';",
        replace: '',
      },
    ],
  },
  {
    name: 'reused-sequence-after-a-rollback',
    why: 'JRN-5: a device whose store is older than what it announced goes on with numbers that it has used already, and what others have is lost on it',
    edits: [
      {
        file: 'core/journal/merging.ts',
        find: 'if (journal === parts.state.own) return compareWithOwn(parts, batch);',
        replace: 'if (journal === parts.state.own) return ok({ mark: { end: last, endHash: batch.hash }, paths: undefined });',
      },
    ],
  },
  {
    name: 'case-only-rename',
    from: 70,
    why: 'FLD-6: on a disk that does not tell them apart the old spelling of a renamed file counts as still there, and others have the file twice',
    edits: [
      {
        file: 'core/folder/scan-run.ts',
        find: "const isTold = sights[index] === 'there' && !caseSensitive;",
        replace: 'const isTold = caseSensitive && !absent;',
      },
    ],
  },
  {
    name: 'moved-without-a-look',
    why: 'FLD-2, FLD-8: a file that was edited moves to the new path of its former bytes and counts as these, so that the edit is never announced',
    edits: [
      {
        file: 'core/folder/publisher.ts',
        find: 'if (!before.ok || !before.value || !isSameState(before.value, fromRow.stat)) return this.#changed(from);',
        replace: 'if (!before.ok || !before.value) return this.#changed(from);',
      },
      {
        file: 'core/folder/publisher.ts',
        find: 'if (!after.ok || !after.value || !isSameState(after.value, fromRow.stat)) {',
        replace: 'if (!after.ok || !after.value) {',
      },
    ],
  },
  {
    name: 'edit-during-publish-is-lost',
    why: 'FLD-2: what a user writes in the moment in which a newer version is put in its place is thrown away',
    edits: [
      {
        file: 'core/folder/set-aside.ts',
        find: 'return aside.ok && aside.value !== undefined && !isSameState(aside.value, intent.stat);',
        replace: 'return false;',
      },
      {
        file: 'core/folder/set-aside.ts',
        find: "  if (isRight) return ok('linked');",
        replace: "  if (isRight || safe.ok) return ok('linked');",
      },
    ],
  },
  {
    name: 'device-forgotten-after-a-failed-dial',
    why: 'SES-4: a device that could not be reached is not dialled again',
    edits: [
      {
        file: 'core/session/peer-supervisor.ts',
        find: 'else if (!dialler.waiting) dialler.tryOrWait(this.addresses());',
        replace: 'else if (!dialler.waiting && dialler.failures < 3) dialler.tryOrWait(this.addresses());',
      },
    ],
  },
];

/** `text` of `file` with the edits of `breakage` that concern it. Throws where an edit does not fit exactly once. */
export function breakSource(breakage: Breakage, file: string, text: string): string {
  return breakage.edits
    .filter((edit) => edit.file === file)
    .reduce((broken, { find, replace }) => {
      const parts = broken.split(find);
      if (parts.length !== 2) throw new Error(`Breakage ${breakage.name}: ${parts.length - 1} places in ${file} instead of one.`);
      return parts.join(replace);
    }, text);
}
