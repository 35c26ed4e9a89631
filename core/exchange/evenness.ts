import type { MonoMs } from '../base/index.ts';
import type { FileTotals, FolderJournal } from '../journal/types.ts';
import type { Clock } from '../ports/index.ts';
import type { FolderRecovery, RecoveryPhase } from '../recovery/index.ts';
import type { DownloadQueue } from './download-queue.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';
import type { PeerSync } from './peer-sync.ts';

export interface EvennessHost {
  readonly journal: FolderJournal;
  readonly clock: Clock;
  readonly queue: DownloadQueue;
  readonly beginRecovery: () => FolderRecovery;
}

/** How even this folder is with one peer: rosters, journals, blocks, in both directions (REC-1, STA-1). Asked again whenever something moved. */
export class PeerEvenness {
  readonly #host: EvennessHost;
  readonly #sync: PeerSync;
  /** Undefined while the peer takes no part. */
  #recovery: FolderRecovery | undefined;
  #needs: FileTotals | undefined;
  #needsAskedAt = -Infinity;
  #needsChangedAt: MonoMs;
  #needsStale = true;
  /** Bytes that the peer lacked when it was first known: the measure of progress. */
  #bytesAtStart = 0;
  #wasEven = false;

  constructor(host: EvennessHost, sync: PeerSync) {
    this.#host = host;
    this.#sync = sync;
    this.#needsChangedAt = host.clock.monoNow();
    this.#followRecovery();
  }

  /** `even` for a peer that takes no part: nothing is to be recovered with it. */
  get phase(): RecoveryPhase {
    return this.#recovery?.phase ?? 'even';
  }

  get metadata(): boolean {
    return this.#sync.joined && this.#sync.rosterSettled && this.#sync.plan.isEven;
  }

  /** We want nothing that the peer has, and it wants nothing of ours. */
  get data(): boolean {
    return (
      this.metadata &&
      !this.#wantsFrom() &&
      !this.#needsStale &&
      this.#needs !== undefined &&
      (this.#needs.files === 0 || this.#needsAreSettled())
    );
  }

  /** What the peer has applied, or what is to be applied, has changed. */
  needsChanged(): void {
    this.#needsStale = true;
  }

  /** Looks at everything again. Returns whether both sides became even by it for the first time, and when to look again. */
  async refresh(): Promise<{ readonly becameEven: boolean; readonly againMs: number | undefined }> {
    const againMs = await this.#refreshNeeds();
    this.#followRecovery();
    this.#recovery?.report({
      references: { even: this.#sync.joined && this.#sync.rosterSettled, ...this.#rosterProgress() },
      metadata: { even: this.metadata, ...this.#sync.plan.progress },
      data: { even: this.data, ...this.#dataProgress() },
    });
    const becameEven = this.data && !this.#wasEven;
    this.#wasEven ||= this.data;
    return { becameEven, againMs };
  }

  #followRecovery(): void {
    if (this.#sync.takesPart) this.#recovery ??= this.#host.beginRecovery();
    else {
      this.#recovery?.abandon();
      this.#recovery = undefined;
    }
  }

  async #refreshNeeds(): Promise<number | undefined> {
    const { clock, journal } = this.#host;
    const now = clock.monoNow();
    if (this.#needsStale && this.#sync.joined) {
      if (now - this.#needsAskedAt < tuning.needsIntervalMs) return this.#needsAskedAt + tuning.needsIntervalMs - now;
      this.#needsAskedAt = now;
      this.#needsStale = false;
      const needs = journal.hasHeardFrom(this.#sync.device) ? await journal.needsOf(this.#sync.device) : undefined;
      if (needs?.files !== this.#needs?.files || needs?.bytes !== this.#needs?.bytes) this.#needsChangedAt = clock.monoNow();
      this.#needs = needs;
    }
    const settlesInMs = this.#needsChangedAt + tuning.needsSettledMs - clock.monoNow();
    return this.#needs && this.#needs.files > 0 && settlesInMs > 0 ? settlesInMs : undefined;
  }

  #needsAreSettled(): boolean {
    return this.#host.clock.monoNow() - this.#needsChangedAt >= tuning.needsSettledMs;
  }

  /** Whatever is wanted may be the peer's, unless it is known to wait for others. */
  #wantsFrom(): boolean {
    const { queue, journal } = this.#host;
    let wanted = journal.wantedTotals().files;
    if (wanted === 0) return false;
    for (const open of queue.all()) if (open.state === 'waiting' && !open.sources.has(this.#sync.device)) wanted -= 1;
    return wanted > 0;
  }

  #rosterProgress(): { readonly done: number; readonly total: number } {
    const total = this.#host.journal.rosterStatements().length;
    return { done: Math.min(total, this.#sync.statementsKnown), total: Math.max(total, this.#sync.statementsKnown) };
  }

  /** Bytes both ways: what we want and what the peer needs, against the most that it was. */
  #dataProgress(): { readonly done: number; readonly total: number } {
    const open = this.#host.journal.wantedTotals().bytes + (this.#needs?.bytes ?? 0);
    this.#bytesAtStart = Math.max(this.#bytesAtStart, open);
    return { done: this.#bytesAtStart - open, total: this.#bytesAtStart };
  }
}
