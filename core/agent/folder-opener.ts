import { BufferPool, type CopyBytes, DAY_MS, MIB, MINUTE_MS, assert } from '../base/index.ts';
import { createFolderExchange } from '../exchange/index.ts';
import type { ExchangeEvent, FolderRouter } from '../exchange/index.ts';
import { createFolderEngine } from '../folder/index.ts';
import type { FolderEngine } from '../folder/index.ts';
import { openFolderJournal } from '../journal/index.ts';
import type { FolderJournal } from '../journal/index.ts';
import type { FolderId } from '../model/index.ts';
import { limits } from '../model/index.ts';
import { chooseCutClass } from '../chunking/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { FolderRecord } from './folder-book.ts';
import { FolderRuntime } from './folder-runtime.ts';
import { FolderWatch, folderGlance } from './folder-watch.ts';
import { blocksOfOtherFolders } from './other-folders.ts';

/** Makes the working parts of folders, with what they share: bounds on memory and on the rate of sending. */
export class FolderOpener {
  readonly #core: () => AgentCore;
  readonly #memory: BufferPool;
  readonly #router: FolderRouter;
  readonly #startingGenerations = new Set<FolderId>();

  constructor(core: () => AgentCore, router: FolderRouter, copyBytes: CopyBytes) {
    this.#core = core;
    this.#memory = new BufferPool(limits.blockMemoryKeptBytesMax, copyBytes);
    this.#router = router;
  }

  /** `statements` are merged into the roster: those of a folder that is new here. */
  async open(record: FolderRecord, statements: readonly Uint8Array[]): Promise<FolderRuntime> {
    const core = this.#core();
    const { store, crypto, random, clock, logger } = core.ports;
    const tools = { signer: core.signer, crypto, clock };
    const journal = await openFolderJournal({ store, random, logger, folder: record.id, ...tools });
    if (statements.length > 0) {
      const merged = await journal.mergeStatements(statements);
      assert(merged.ok, 'the statements of a new folder were checked');
    }
    const engine = this.#engineOf(record, journal);
    const watch = new FolderWatch({
      clock,
      glance: () => folderGlance(core, runtime),
      tell: (glance) => core.events.hint(record.id, glance),
    });
    const exchange = createFolderExchange({
      ...{ folder: record.id, journal, engine, clock, random, logger },
      hasher: core.ports.hasher,
      budget: core.traffic.budget,
      memory: this.#memory,
      recovery: core.recovery,
      upload: core.traffic.upload,
      isExempt: core.traffic.isExempt,
      onEvent: (event) => (event.kind === 'changed' ? watch.noteChanged() : this.#onExchangeEvent(record.id, journal, event)),
    });
    this.#router.add(exchange);
    this.#reportEngine(record.id, engine);
    engine.onChange(() => watch.noteChanged());
    journal.onChange((change) => {
      if (change.kind === 'roster') core.rostersChanged(record.id);
    });
    const runtime: FolderRuntime = new FolderRuntime({
      root: record.root,
      journal,
      engine,
      exchange,
      stopWatching: () => watch.stop(),
      tools,
      paused: record.paused,
      allPaused: core.pausing.now !== null,
    });
    return runtime;
  }

  /** No peer reaches the folder any more. */
  close(folder: FolderId): void {
    this.#router.remove(folder);
  }

  #engineOf(record: FolderRecord, journal: FolderJournal): FolderEngine {
    const core = this.#core();
    const { clock, random, crypto, store, logger, trees, watcher, hasher } = core.ports;
    return createFolderEngine({
      ...{ folder: record.id, root: record.root, trees, watcher, hasher, store, journal, clock, random, crypto, logger, chooseCutClass },
      role: () => journal.roster().members.get(core.signer.device)?.role ?? 'reader',
      device: { id: core.signer.device, name: core.settings.values.name },
      otherFolders: (wanted) => blocksOfOtherFolders(core, record.id, wanted),
      settings: () => ({
        watch: true,
        rescanMs: core.settings.values['scan.intervalMinutes'] * MINUTE_MS,
        freeSpaceBytes: freeSpaceBytes(core.settings.values['disk.minFreeMiB']),
        trashKeepMs: core.settings.values['trash.keepDays'] * DAY_MS,
      }),
    });
  }

  /** Notes when the folder stops, goes on, or runs out of space: each once. */
  #reportEngine(folder: FolderId, engine: FolderEngine): void {
    const { events } = this.#core();
    let stopped: string | undefined;
    let full = false;
    let scanned = false;
    engine.onChange(() => {
      const state = engine.state();
      if (state.stop?.kind !== stopped) {
        stopped = state.stop?.kind;
        if (state.stop) events.incident('folder-stopped', state.stop.text, { folder, fields: { reason: state.stop.kind } });
        else events.note('info', 'folder-goes-on', { folder });
      }
      if (state.diskFull !== full) {
        full = state.diskFull;
        if (full) events.incident('disk-full', 'The disk is nearly full: files that need space wait until some is freed.', { folder });
        else events.note('info', 'disk-has-space', { folder });
      }
      if (state.scanned !== scanned) {
        scanned = state.scanned;
        if (scanned) events.note('info', 'folder-scanned', { folder });
      }
    });
  }

  #onExchangeEvent(folder: FolderId, journal: FolderJournal, event: Exclude<ExchangeEvent, { readonly kind: 'changed' }>): void {
    const core = this.#core();
    switch (event.kind) {
      case 'published':
        core.activity.take(folder, event);
        return core.events.note('debug', 'published', { folder, path: event.path, fields: { bytes: event.bytes } });
      case 'sent':
        return core.activity.take(folder, event);
      case 'even':
        core.folderBook.noteEven(folder, event.device, core.ports.clock.wallNow());
        return core.events.note('info', 'even', { folder, device: event.device });
      case 'outside':
        return core.offerOnce(folder, event.device);
      case 'untrusted':
        return core.events.incident(
          'device-untrusted',
          `${core.devices.nameOf(event.device)} sent blocks that do not match their names, three times. Nothing is fetched from it until it connects again; check its disk and memory.`,
          {
            folder,
            device: event.device,
          },
        );
      case 'batch-refused':
        return core.events.note('warn', 'batch-refused', { folder, device: event.device, fields: { by: event.by, reason: event.reason } });
      case 'own-continuity-lost':
        core.events.incident(
          'continuity-lost',
          'Another device holds newer announcements of this one: its state was restored from an older copy. What is on this disk is announced again, so nothing is lost.',
          { folder, device: event.device },
        );
        return void this.#startGeneration(folder, journal);
    }
  }

  /** History of what peers know better is forgotten; the scan announces the rest as concurrent (JRN-5). Several peers may tell at once. */
  async #startGeneration(folder: FolderId, journal: FolderJournal): Promise<void> {
    if (this.#startingGenerations.has(folder)) return;
    this.#startingGenerations.add(folder);
    try {
      await journal.startGeneration();
      this.#core().folders.get(folder)?.engine.requestScan('all');
    } finally {
      this.#startingGenerations.delete(folder);
    }
  }
}

function freeSpaceBytes(minFreeMiB: 'auto' | number): number | undefined {
  return minFreeMiB === 'auto' ? undefined : minFreeMiB * MIB;
}
