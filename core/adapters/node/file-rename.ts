import * as fs from 'node:fs';
import type { FileResult, FileStat } from '../../ports/index.ts';
import { err, ok } from '../../base/index.ts';
import type { FileCalls } from './file-calls.ts';
import { call, callVoid, fileError, refusal } from './file-errors.ts';
import { fileStat } from './file-stat.ts';

/** A place as errors name it and as calls need it. */
export interface Place {
  readonly path: string;
  readonly native: string;
}

/**
 * Renames without ever replacing: `exists` where `to` has an object. Node does not reach renameat2(RENAME_NOREPLACE), so:
 *
 * - A file or, on Linux, a link gets its second name by link(2), which refuses an existing one in the same step; then the first name
 *   goes. A crash between the two leaves both names. No window.
 * - A link elsewhere is made again at `to`, which refuses an existing name too. No window.
 * - A directory is renamed after a look at `to`. In that window rename(2) replaces nothing but an empty directory.
 * - A file on a disk without hard links is renamed after a look at `to`: a file that appears within that window (some 20 µs) is
 *   replaced. This is the only case that can lose bytes.
 *
 * A new spelling of the same name, on a disk that takes both for one, is one rename.
 */
export async function renameNew(calls: FileCalls, from: Place, to: Place): FileResult {
  if (process.platform === 'linux') {
    const moved = await calls.run(to.path, { kind: 'link-over', from: from.native, to: to.native });
    if (!moved.ok) return moved;
    if (!moved.value) return ok();
    if (moved.value.step === 'unlink') return err(fileError(from.path, moved.value.code));
    const failure = fileError(to.path, moved.value.code);
    if (failure.kind === 'not-found' || failure.kind === 'full' || failure.kind === 'read-only') return err(failure);
  }
  const source = await lookAt(from);
  if (!source.ok) return source;
  const target = await lookAt(to);
  if (target.ok) return isRespelling(from, to, source.value, target.value) ? plainRename(from, to) : refusal('exists', to.path, 'EEXIST');
  if (target.error.kind !== 'not-found') return target;
  switch (source.value.kind) {
    case 'file':
      return renameFile(from, to);
    case 'link':
      return process.platform === 'linux' ? plainRename(from, to) : remakeLink(from, to);
    case 'directory':
    case 'other':
      return plainRename(from, to);
  }
}

async function renameFile(from: Place, to: Place): FileResult {
  const linked = await callVoid(to.path, (done) => fs.link(from.native, to.native, done));
  if (linked.ok) return callVoid(from.path, (done) => fs.unlink(from.native, done));
  return linked.error.kind === 'exists' ? linked : plainRename(from, to);
}

async function remakeLink(from: Place, to: Place): FileResult {
  const target = await call<string>(from.path, (done) => fs.readlink(from.native, done));
  if (!target.ok) return target;
  const made = await callVoid(to.path, (done) => fs.symlink(target.value, to.native, done));
  return made.ok ? callVoid(from.path, (done) => fs.unlink(from.native, done)) : made;
}

function plainRename(from: Place, to: Place): FileResult {
  return callVoid(to.path, (done) => fs.rename(from.native, to.native, done));
}

async function lookAt(place: Place): FileResult<FileStat> {
  const stats = await call<fs.BigIntStats>(place.path, (done) => fs.lstat(place.native, { bigint: true }, done));
  return stats.ok ? { ok: true, value: fileStat(stats.value) } : stats;
}

/** Both names lead to one object that has only one name: the disk takes them for the same. A directory's links count its children. */
function isRespelling(from: Place, to: Place, source: FileStat, target: FileStat): boolean {
  if (from.path === to.path || source.inode !== target.inode || source.device !== target.device) return false;
  return source.kind === 'directory' || source.links === 1;
}
