import type { Result } from '../base/index.ts';
import { err, ok } from '../base/index.ts';
import type { DeviceId, HaveMark, JournalId } from '../model/index.ts';
import type { BatchRefusal, FolderJournal } from '../journal/types.ts';
import type { Logger, StreamFrame } from '../ports/index.ts';
import type { PeerReply, PeerRequest, WireError } from '../protocol/index.ts';
import { batchBodySchema, validateAs } from '../protocol/index.ts';
import type { AppliedCache } from './applied-cache.ts';
import type { BatchLeases } from './batch-leases.ts';
import type { DataHandlers, ExchangeContext, ExchangeEvent } from './exchange-types.ts';
import type { PeerSync } from './peer-sync.ts';
import { othersSendWord } from './push-plan.ts';
import type { RosterView } from './roster-view.ts';
import type { AppliedRecord } from './wire-vectors.ts';
import { appliedFromWire, haveFromWire, haveToWire, markToWire } from './wire-vectors.ts';

export interface JournalHandlersHost {
  readonly journal: FolderJournal;
  readonly logger: Logger;
  readonly roster: RosterView;
  readonly applied: AppliedCache;
  readonly leases: BatchLeases;
  readonly paused: () => boolean;
  /** The sync with a peer of the current epoch; undefined while its link is not announced here yet. */
  readonly syncOf: (device: DeviceId) => PeerSync | undefined;
  readonly onHistory: (device: DeviceId, applied: ReturnType<typeof appliedFromWire>) => Promise<void>;
  /** Batches of others were taken, whether or not a path changed by them. */
  readonly onJournalGrew: () => void;
  readonly onEvent: (event: ExchangeEvent) => void;
}

/** Answers the verbs that carry rosters, journals and histories. The router has checked that the caller may ask. */
export function journalHandlers(host: JournalHandlersHost): Pick<DataHandlers, 'roster' | 'have' | 'batches' | 'history'> {
  return {
    roster: (request, { session }) => answerRoster(host, request, session.device),
    have: async (request, { session }) => {
      host.syncOf(session.device)?.peerTold(haveFromWire(request.have));
      return ok({ have: haveToWire(host.journal.have()) });
    },
    batches: (request, context) => takeBatches(host, request, context),
    history: (request, { session }) => answerHistory(host, request.applied, session.device),
  };
}

/**
 * Statements are taken before the caller's membership is looked at, for they may be what makes it a member; they are signed by those
 * who may say so. A caller that is none even then learns nothing.
 */
async function answerRoster(
  host: JournalHandlersHost,
  request: PeerRequest<'roster'>,
  caller: DeviceId,
): Promise<Result<PeerReply<'roster'>, WireError>> {
  const { journal, roster, logger } = host;
  const wasMember = roster.isMember(caller);
  if (request.statements.length > 0) {
    const merged = await journal.mergeStatements(request.statements);
    if (!merged.ok) logger.log('warn', 'roster-refused', { folder: journal.folder, device: caller, reason: merged.error.text });
  }
  // A device that these very statements put off the roster still gets its answer.
  if (!roster.isMember(caller) && !wasMember) return err({ kind: 'not-allowed', text: 'not on the roster' });
  const known = roster.known();
  const theirs = new Set(request.known);
  const statements = roster.missingIn(theirs);
  // What the caller lacked goes with the reply; if it does not fit, the caller asks again.
  host.syncOf(caller)?.peerAskedRoster(new Set([...request.known, ...hashesOf(journal, statements)]));
  return ok({ joined: !host.paused(), known, statements });
}

function hashesOf(journal: FolderJournal, statements: readonly Uint8Array[]): string[] {
  const sent = new Set(statements);
  return journal
    .rosterStatements()
    .filter(({ bytes }) => sent.has(bytes))
    .map(({ hash }) => hash);
}

async function answerHistory(
  host: JournalHandlersHost,
  applied: AppliedRecord,
  caller: DeviceId,
): Promise<Result<PeerReply<'history'>, WireError>> {
  const { record, key } = await host.applied.report();
  host.syncOf(caller)?.peerHeardHistory(key);
  await host.onHistory(caller, appliedFromWire(applied));
  return ok({ applied: record });
}

/** Every frame is durable before the next is looked at; the reply says what is held, so that the sender goes on from there (JRN-2). */
async function takeBatches(
  host: JournalHandlersHost,
  request: PeerRequest<'batches'>,
  context: ExchangeContext,
): Promise<Result<PeerReply<'batches'>, WireError>> {
  const { leases, journal } = host;
  const { device } = context.session;
  if (!leases.tryTake(request.journal, device))
    return ok({ mark: markToWire(journal.have().get(request.journal)), refused: othersSendWord });
  try {
    let taken = 0;
    for await (const frame of context.body()) {
      const merged = await takeFrame(host, frame, request.journal, device);
      if (!merged.ok) {
        if (taken > 0) host.onJournalGrew();
        return refuse(host, request.journal, device, merged.error);
      }
      taken += 1;
      leases.progressed(request.journal, device);
    }
    if (taken > 0) host.onJournalGrew();
    return ok({ mark: markToWire(journal.have().get(request.journal)) });
  } finally {
    leases.giveBack(request.journal, device);
  }
}

async function takeFrame(
  host: JournalHandlersHost,
  frame: StreamFrame,
  journalId: JournalId,
  device: DeviceId,
): Promise<Result<HaveMark, BatchRefusal>> {
  const { journal } = host;
  const header = validateAs(batchBodySchema, frame.body);
  if (!header.ok) return err({ kind: 'malformed', text: header.error.text });
  const before = journal.have().get(journalId);
  const merged = header.value.kind === 'batch' ? await journal.mergeBatch(frame.payload) : await journal.mergeFloor(frame.payload);
  if (!merged.ok) return merged;
  // What lengthened our chain is in theirs. Where gaps closed at the same time, the next `have` tells.
  if (merged.value.end > (before?.end ?? 0) && !before?.pending && !merged.value.pending)
    host.syncOf(device)?.peerSent(journalId, merged.value);
  return merged;
}

function refuse(
  host: JournalHandlersHost,
  journalId: JournalId,
  device: DeviceId,
  refusal: BatchRefusal,
): Result<PeerReply<'batches'>, WireError> {
  const { journal, logger } = host;
  const mark = refusal.kind === 'gap' ? refusal.mark : journal.have().get(journalId);
  if (refusal.kind !== 'gap') {
    logger.log('warn', 'batch-refused', { folder: journal.folder, device, journal: journalId, reason: refusal.kind });
    if (refusal.kind === 'own-continuity-lost') host.onEvent({ kind: 'own-continuity-lost', device, sequence: refusal.sequence });
    else host.onEvent({ kind: 'batch-refused', by: 'us', device, journal: journalId, reason: refusal.kind });
    if (refusal.kind === 'chain-broken') host.syncOf(device)?.showFork(journalId);
  }
  return ok({ mark: markToWire(mark), refused: refusal.kind });
}
