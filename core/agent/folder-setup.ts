import type { Result } from '../base/index.ts';
import { err, ok, present, utf8 } from '../base/index.ts';
import type { ApiError, ApiErrorKind } from '../api/index.ts';
import { apiError } from '../api/index.ts';
import { createFile, prepareRoot, removeMarker } from '../folder/index.ts';
import { ignoreFileName } from '../reconcile/index.ts';
import type { RootRefusal } from '../folder/index.ts';
import { createFolder, dropFolder, readRoster } from '../journal/index.ts';
import type { DeviceId, FolderId, Roster } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { FileError } from '../ports/index.ts';
import type { WireError } from '../protocol/index.ts';
import type { AgentCore, FolderSetup, OfferedFolder } from './agent-core.ts';
import { FolderBook } from './folder-book.ts';
import type { FolderRecord } from './folder-book.ts';
import type { FolderOpener } from './folder-opener.ts';
import type { FolderRuntime } from './folder-runtime.ts';

/** {@link FolderSetup} over the store and the disk. */
export class StoredFolderSetup implements FolderSetup {
  readonly #core: () => AgentCore;
  readonly #opener: FolderOpener;

  constructor(core: () => AgentCore, opener: FolderOpener) {
    this.#core = core;
    this.#opener = opener;
  }

  async openAll(): Promise<void> {
    for (const record of this.#core().folderBook.folders()) await this.#run(record, []);
  }

  async add(path: string, name: string | undefined): Promise<Result<FolderRuntime, ApiError>> {
    const { ports, signer, settings } = this.#core();
    const root = await this.#freeRoot(path);
    if (!root.ok) return root;
    const baseName = root.value.split('/').findLast((component) => component !== '') ?? 'folder';
    const { random, clock, crypto } = ports;
    const named = { name: (name ?? baseName).slice(0, limits.folderNameCharsMax), deviceName: settings.values.name };
    const ruled = await this.#writeIgnoreDefaults(root.value);
    if (!ruled.ok) return ruled;
    const created = createFolder({ ...named, signer, random, clock, crypto });
    return this.#adopt(root.value, created.folder, created.statements);
  }

  offers(): readonly OfferedFolder[] {
    const { folderBook, signer } = this.#core();
    return folderBook.offers().flatMap((offer) => {
      const roster = this.#rosterOf(offer.folder, FolderBook.statementsOf(offer));
      const member = roster?.members.get(signer.device);
      return roster && member ? [{ folder: offer.folder, name: roster.name, from: offer.from, role: member.role }] : [];
    });
  }

  async offered(
    folder: FolderId,
    from: DeviceId,
    statements: readonly Uint8Array[],
  ): Promise<Result<{ state: 'listed' | 'joined' }, WireError>> {
    const { folders, folderBook, signer, events, ports } = this.#core();
    const roster = this.#rosterOf(folder, statements);
    if (!roster) return err({ kind: 'malformed', text: 'the statements do not make the roster of this folder' });
    if (!roster.members.has(signer.device) || !roster.members.has(from))
      return err({ kind: 'not-allowed', text: 'the roster does not name both of us' });
    const here = folders.get(folder);
    if (here) {
      await here.journal.mergeStatements(statements);
      return ok({ state: 'joined' });
    }
    const isNew = !folderBook.offers().some((offer) => offer.folder === folder);
    if (isNew && folderBook.offers().length >= limits.foldersMax)
      return err({ kind: 'busy', text: 'too many folders are offered and not yet accepted' });
    await folderBook.offer(folder, from, ports.clock.wallNow(), statements);
    if (isNew) events.note('info', 'folder-offered-here', { folder, device: from, fields: { name: roster.name } });
    return ok({ state: 'listed' });
  }

  async accept(folder: FolderId, path: string): Promise<Result<FolderRuntime, ApiError>> {
    const core = this.#core();
    const offer = core.folderBook.offers().find((each) => each.folder === folder);
    if (!offer) return err(apiError('not-found', 'This folder is not offered any more. Ask the other device to share it again.'));
    const made = await this.#makeDirectory(path);
    if (!made.ok) return made;
    const root = await this.#freeRoot(path);
    // That the device which offers a folder keeps it is no news.
    return root.ok ? this.#adopt(root.value, folder, FolderBook.statementsOf(offer), { [offer.from]: 'joined' }) : root;
  }

  async remove(folder: FolderRuntime): Promise<void> {
    const core = this.#core();
    await folder.leave();
    await folder.tellRoster(core.supervisor.sessions().map(core.repeating));
    core.folders.delete(folder.id);
    this.#opener.close(folder.id);
    await folder.stop();
    await core.folderBook.remove(folder.id);
    await removeMarker(core.ports.trees, folder.root, folder.id);
    await dropFolder(core.ports.store, folder.id);
    core.devicesChanged();
    core.events.note('info', 'folder-removed', { folder: folder.id });
  }

  /** A folder without rules of its own begins with those of the settings. */
  async #writeIgnoreDefaults(root: string): Promise<Result<void, ApiError>> {
    const { ports, settings } = this.#core();
    const text = settings.values['ignore.defaults'].trim();
    if (text === '') return ok();
    const written = await createFile(ports.trees, root, ignoreFileName, utf8(`${text}\n`));
    if (written.ok || written.error.kind === 'exists') return ok();
    return err(
      apiError(
        'bad-request',
        `${ignoreFileName} could not be written to ${root} (${written.error.code}). Check the permissions of the directory.`,
      ),
    );
  }

  async #adopt(
    root: string,
    folder: FolderId,
    statements: readonly Uint8Array[],
    offeredTo: NonNullable<FolderRecord['offeredTo']> = {},
  ): Promise<Result<FolderRuntime, ApiError>> {
    const core = this.#core();
    if (core.folders.size >= limits.foldersMax)
      return err(apiError('not-allowed', `${limits.foldersMax} folders are synced here already, which is the limit.`));
    const prepared = await prepareRoot(core.ports.trees, root, folder);
    if (!prepared.ok) return err(rootError(prepared.error));
    const record: FolderRecord = {
      id: folder,
      root: prepared.value,
      paused: false,
      addedAtMs: core.ports.clock.wallNow(),
      lastEvenMs: {},
      offeredTo,
    };
    const runtime = await this.#record(record, statements);
    core.folders.set(folder, runtime);
    await runtime.start();
    core.rostersChanged(folder);
    core.events.note('info', 'folder-added', { folder, fields: { name: runtime.name() } });
    return ok(runtime);
  }

  /**
   * The roster is stored before the book names the folder: a crash in between leaves rows that nobody reads, never a folder without a
   * roster. What cannot be stored leaves no trace on the folder's disk.
   */
  async #record(record: FolderRecord, statements: readonly Uint8Array[]): Promise<FolderRuntime> {
    const { folderBook, ports } = this.#core();
    try {
      const runtime = await this.#opener.open(record, statements);
      await folderBook.put(record);
      return runtime;
    } catch (error) {
      this.#opener.close(record.id);
      await removeMarker(ports.trees, record.root, record.id);
      throw error;
    }
  }

  async #run(record: FolderRecord, statements: readonly Uint8Array[]): Promise<void> {
    const runtime = await this.#opener.open(record, statements);
    this.#core().folders.set(record.id, runtime);
    await runtime.start();
  }

  /** The canonical path, if no other folder is there, above it or below it. */
  async #freeRoot(path: string): Promise<Result<string, ApiError>> {
    const core = this.#core();
    const canonical = await core.ports.trees.canonicalPath(path);
    if (!canonical.ok) return err(pathError(path, canonical.error));
    const root = canonical.value;
    for (const folder of core.folders.values()) {
      if (root === folder.root) return err(apiError('already-exists', `${root} is synced already, as "${folder.name()}".`));
      if (isInside(root, folder.root))
        return err(
          apiError(
            'not-allowed',
            `${root} is inside ${folder.root}, which is synced as "${folder.name()}". Choose a directory outside of it.`,
          ),
        );
      if (isInside(folder.root, root))
        return err(
          apiError('not-allowed', `${root} contains ${folder.root}, which is synced as "${folder.name()}". Choose another directory.`),
        );
    }
    return ok(root);
  }

  async #makeDirectory(path: string): Promise<Result<void, ApiError>> {
    const { trees } = this.#core().ports;
    const there = await trees.canonicalPath(path);
    if (there.ok) return ok();
    const trimmed = path.replace(/[/\\]+$/, '');
    const at = Math.max(trimmed.lastIndexOf('/'), trimmed.lastIndexOf('\\'));
    const parent = at <= 0 ? '/' : trimmed.slice(0, at);
    const opened = await trees.open(parent);
    if (!opened.ok)
      return err(
        apiError('not-found', `${parent} does not exist, so ${path} cannot be created in it. Create it first, or check the spelling.`),
      );
    const made = await opened.value.makeDirectory(trimmed.slice(at + 1));
    await opened.value.close();
    return made.ok
      ? ok()
      : err(apiError('bad-request', `${path} cannot be created (${made.error.code}). Check its permissions, or choose another place.`));
  }

  #rosterOf(folder: FolderId, statements: readonly Uint8Array[]): Roster | undefined {
    return readRoster(folder, statements, this.#core().ports.crypto);
  }
}

function isInside(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

function pathError(path: string, error: FileError): ApiError {
  if (error.kind === 'not-found') return apiError('not-found', `${path} does not exist. Create it first, or check the spelling.`);
  if (error.kind === 'not-directory') return apiError('bad-request', `${path} is not a directory. Choose a directory.`);
  return apiError('bad-request', `${path} cannot be used as a folder (${error.code}). Check its permissions, or choose another directory.`);
}

function rootError(refusal: RootRefusal): ApiError {
  const kinds: Record<RootRefusal['kind'], ApiErrorKind> = {
    'not-found': 'not-found',
    'not-directory': 'bad-request',
    'not-writable': 'not-allowed',
    'other-folder': 'already-exists',
    error: 'unavailable',
  };
  return apiError(present(kinds[refusal.kind], 'error kind'), `${refusal.text}.`);
}
