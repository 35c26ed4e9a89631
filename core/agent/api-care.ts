import { err, isoFromWallMs, ok } from '../base/index.ts';
import type { ApiErrorKind } from '../api/index.ts';
import { apiError, apiErrorKinds } from '../api/index.ts';
import type { KnownEntry, RelPath } from '../model/index.ts';
import { journalDevice, relPath, snapBytes, winnerOf } from '../model/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { VerbTable } from './api-table.ts';
import type { FolderRuntime } from './folder-runtime.ts';
import { chosenFolders, folderAndPath } from './find-folder.ts';

/** What needs a person: conflicts, problems, trash. */
export function careVerbs(
  core: AgentCore,
): Pick<VerbTable, 'conflicts' | 'conflict.resolve' | 'problems' | 'trash.list' | 'trash.restore'> {
  return {
    conflicts: async ({ folder }) => {
      const chosen = chosenFolders(core, folder);
      if (!chosen.ok) return chosen;
      const conflicts = [];
      for (const each of chosen.value) {
        for (const entry of await each.journal.conflicts()) {
          conflicts.push({
            folder: each.id,
            folderName: each.name(),
            path: entry.path as string,
            of: entry.conflictOf ?? '',
            ...versionOf(core, entry),
            current: await currentVersion(core, each, entry.conflictOf),
          });
        }
      }
      return ok({ conflicts });
    },

    'conflict.resolve': async ({ folder, path, keep }) => {
      const found = await folderAndPath(core, folder, path);
      if (!found.ok) return found;
      const done = await found.value.folder.engine.resolveConflict(found.value.path, keep);
      return done.ok ? ok({}) : err(apiError(kindOf(done.error.kind), done.error.text));
    },

    problems: async ({ folder }) => {
      const chosen = chosenFolders(core, folder);
      if (!chosen.ok) return chosen;
      const problems = chosen.value.flatMap((each) =>
        each.journal.problems().map((problem) => ({
          folder: each.id as string,
          folderName: each.name(),
          path: problem.path as string,
          kind: problem.kind,
          permanent: problem.permanent,
          text: problem.text,
          since: isoFromWallMs(problem.sinceMs),
        })),
      );
      return ok({ problems });
    },

    'trash.list': async ({ folder }) => {
      const chosen = chosenFolders(core, folder);
      if (!chosen.ok) return chosen;
      const items = [];
      for (const each of chosen.value) {
        for (const item of await each.engine.trash()) {
          items.push({
            id: item.id,
            folder: each.id,
            folderName: each.name(),
            path: item.path as string,
            reason: item.reason,
            bytes: item.bytes,
            at: isoFromWallMs(item.atMs),
          });
        }
      }
      return ok({ items });
    },

    'trash.restore': async ({ id }) => {
      for (const each of core.folders.values()) {
        const items = await each.engine.trash();
        const item = items.find((candidate) => candidate.id === id);
        if (!item) continue;
        const restored = await each.engine.restore(item.id);
        return restored.ok ? ok({ path: restored.value }) : err(apiError(kindOf(restored.error.kind), restored.error.text));
      }
      const asPath = relPath(id);
      const hint = asPath.ok ? ' Use the id that "dormouse trash list" shows.' : '';
      return err(apiError('not-found', `There is nothing with the id "${id}" in any trash.${hint}`));
    },
  };
}

interface Version {
  readonly bytes: number;
  readonly mtime: string | null;
  readonly author: string;
}

function versionOf(core: AgentCore, entry: KnownEntry): Version {
  return {
    bytes: snapBytes(entry.snap),
    mtime: entry.snap.kind === 'file' ? isoFromWallMs(entry.snap.mtimeMs) : null,
    author: core.devices.nameOf(journalDevice(entry.ref.journal)),
  };
}

/** What the winner of a conflict is by now. */
async function currentVersion(core: AgentCore, folder: FolderRuntime, path: RelPath | undefined): Promise<Version | null> {
  if (path === undefined) return null;
  const winner = winnerOf((await folder.journal.pathState(path)).heads);
  return winner === undefined || winner.snap.kind === 'removed' ? null : versionOf(core, winner);
}

/** The engine's error kinds are finer than the API's: what has no counterpart is a conflict with the present state. */
function kindOf(kind: string): ApiErrorKind {
  return apiErrorKinds.find((each) => each === kind) ?? 'conflict';
}
