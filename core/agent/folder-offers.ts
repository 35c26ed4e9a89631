import type { Epoch } from '../model/index.ts';
import type { PeerCalls } from '../ports/index.ts';
import type { PeerSession } from '../session/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { OfferState } from './folder-book.ts';
import type { FolderRuntime } from './folder-runtime.ts';

/**
 * Offers folders to members who have not shown yet that they keep them. Each new link offers anew, so of one folder to one device
 * only one offer is under way at a time, the repeat of one that lost its link included (RPC-2).
 */
export class FolderOffers {
  readonly #core: () => AgentCore;
  readonly #underWay = new Set<string>();
  /** The link on which each was offered last. */
  readonly #offeredOn = new Map<string, Epoch>();

  constructor(core: () => AgentCore) {
    this.#core = core;
  }

  /** The device was taken as keeping the folder, and says that it does not (it had left it): offered, where it was not on this link. */
  async offerOnce(session: PeerSession, folder: FolderRuntime): Promise<void> {
    if (this.#offeredOn.get(`${session.device} ${folder.id}`) !== session.epoch) await this.offer(session, folder);
  }

  async offer(session: PeerSession, folder: FolderRuntime): Promise<void> {
    const name = `${session.device} ${folder.id}`;
    if (this.#underWay.has(name) || folder.hasJoined(session.device)) return;
    this.#underWay.add(name);
    this.#offeredOn.set(name, session.epoch);
    try {
      await this.#offer(this.#core().repeating(session), folder);
    } finally {
      this.#underWay.delete(name);
    }
  }

  async #offer(calls: PeerCalls, folder: FolderRuntime): Promise<void> {
    const reply = await calls.call('offer', { folder: folder.id, statements: statementsOf(folder) });
    if (reply.ok) return this.#note(calls, folder, reply.value.state);
    if (reply.error.kind === 'outcome-unknown') await this.#readAgain(calls, folder);
  }

  /** The device runs anew and cannot tell what became of the offer. Whether it keeps the folder can be read; if not, this is a new offer. */
  async #readAgain(calls: PeerCalls, folder: FolderRuntime): Promise<void> {
    const session = this.#core().supervisor.session(calls.device);
    if (!session) return;
    const known = folder.journal.rosterStatements().map(({ hash }) => hash);
    const roster = await session.call('roster', { folder: folder.id, known: [...known], statements: [] });
    if (roster.ok && roster.value.joined) return this.#note(calls, folder, 'joined');
    const reply = await session.call('offer', { folder: folder.id, statements: statementsOf(folder) });
    if (reply.ok) this.#note(calls, folder, reply.value.state);
  }

  #note({ device }: PeerCalls, folder: FolderRuntime, state: OfferState): void {
    const { folderBook, events } = this.#core();
    if (!folderBook.noteOffered(folder.id, device, state)) return;
    events.note('info', state === 'joined' ? 'folder-joined' : 'folder-offered', { folder: folder.id, device });
  }
}

function statementsOf(folder: FolderRuntime): Uint8Array[] {
  return folder.journal.rosterStatements().map(({ bytes }) => bytes);
}
