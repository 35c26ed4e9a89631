import type { Result } from '../base/index.ts';
import { err } from '../base/index.ts';
import type { DeviceId, RetryClass } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { CallError, CallOptions, Clock, Logger, PeerCalls } from '../ports/index.ts';
import type { PeerReply, PeerRequest, PeerVerb } from '../protocol/index.ts';
import { peerVerbs } from '../protocol/index.ts';
import type { Supervisor } from './supervisor.ts';
import { timing } from './timing.ts';
import type { Attempt, AttemptOptions, CallFate, PeerSession } from './types.ts';

/**
 * What becomes of a call whose link was lost, by its verb's class and how far it got (RPC-2):
 *
 * | fate | read, idempotent, semi | stream | mutate |
 * |---|---|---|---|
 * | `unsent` | repeat | repeat | repeat |
 * | `sending` | repeat | repeat | repeat with its key |
 * | `sent` | repeat | repeat: its body was not touched | repeat with its key |
 * | `body` | - | give up: the caller goes on after what the receiver holds | - |
 *
 * `with its key`: only to the run of the receiver that the key names; to another run the outcome is unknown.
 */
export type RepeatRule = 'repeat' | 'repeat-same-run' | 'give-up';

export function repeatRule(retry: RetryClass, fate: CallFate): RepeatRule {
  if (fate === 'answered') return 'give-up';
  switch (retry) {
    case 'read':
    case 'idempotent':
    case 'semi':
      return 'repeat';
    case 'stream':
      return fate === 'body' ? 'give-up' : 'repeat';
    case 'mutate':
      return fate === 'unsent' ? 'repeat' : 'repeat-same-run';
  }
}

export interface RetryOptions {
  readonly supervisor: Pick<Supervisor, 'session' | 'nextSession' | 'retryAllowed'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Calls `verb` on the live session with `device` and repeats it once, on the next epoch, if the link is lost and a repeat is safe.
 * Nothing is queued to a device that is not live: that is `peer-gone` at once. A `mutate` whose fate cannot be learned ends as
 * `outcome-unknown`. The pieces of a repeated call start over.
 */
export async function callWithRetry<V extends PeerVerb>(
  options: RetryOptions,
  device: DeviceId,
  verb: V,
  request: PeerRequest<V>,
  callOptions: CallOptions = {},
): Promise<Result<PeerReply<V>, CallError>> {
  const session = options.supervisor.session(device);
  if (!session) return err({ kind: 'peer-gone', device });
  return callOnSession(options, session, verb, request, callOptions);
}

/** The verbs of `session` with repeats; for layers that know nothing of epochs but the one they were given. */
export function withRetry(options: RetryOptions, session: PeerSession): PeerCalls {
  return {
    device: session.device,
    epoch: session.epoch,
    call: (verb, request, callOptions = {}) => callOnSession(options, session, verb, request, callOptions),
    onGone: (listener) => session.onGone(listener),
  };
}

async function callOnSession<V extends PeerVerb>(
  options: RetryOptions,
  session: PeerSession,
  verb: V,
  request: PeerRequest<V>,
  callOptions: CallOptions,
): Promise<Result<PeerReply<V>, CallError>> {
  const { retry } = peerVerbs[verb];
  const attemptOptions: AttemptOptions = retry === 'mutate' ? { ...callOptions, key: session.freshKey() } : callOptions;
  // A payload belongs to the link it was given to: the second try needs one of its own.
  const spare = callOptions.payload?.slice();
  const age = ageOf(options.clock);
  const first = await session.attempt(verb, request, attemptOptions);
  if (first.result.ok || first.result.error.kind !== 'peer-gone') return settled(retry, first);
  const rule = repeatRule(retry, first.fate);
  if (rule === 'give-up' || !options.supervisor.retryAllowed()) return settled(retry, first);
  const next = await options.supervisor.nextSession(session.device, session.epoch, timing.repeatWaitMs, callOptions.signal);
  if (!next || age() >= limits.replyCacheAgeMs) return settled(retry, first);
  if (rule === 'repeat-same-run' && next.incarnation !== attemptOptions.key?.incarnation) return settled(retry, first);
  options.logger.log('info', 'call-repeated', { verb, device: session.device, fate: first.fate, epoch: next.epoch });
  const rekeyed: AttemptOptions = rule === 'repeat' && retry === 'mutate' ? { ...callOptions, key: next.freshKey() } : attemptOptions;
  const second = await next.attempt(verb, request, { ...rekeyed, ...(spare ? { payload: spare } : {}) });
  return settled(retry, { ...second, fate: furthest(first.fate, second.fate) });
}

/** What the caller gets to know: of a mutate that may have had its effect, that nobody knows. */
function settled<V extends PeerVerb>(retry: RetryClass, { result, fate }: Attempt<V>): Result<PeerReply<V>, CallError> {
  if (result.ok || retry !== 'mutate' || fate === 'unsent') return result;
  const { error } = result;
  const isUnknown =
    error.kind === 'peer-gone' ||
    error.kind === 'timeout' ||
    error.kind === 'busy' ||
    (error.kind === 'refused' && error.error.kind === 'wrong-incarnation');
  return isUnknown ? err({ kind: 'outcome-unknown' }) : result;
}

const fateOrder: readonly CallFate[] = ['unsent', 'sending', 'sent', 'body', 'answered'];

function furthest(a: CallFate, b: CallFate): CallFate {
  return fateOrder.indexOf(a) > fateOrder.indexOf(b) ? a : b;
}

/** Time since now, by whichever clock has run furthest: sleep counts, because the receiver may have been awake and forgotten. */
function ageOf(clock: Clock): () => number {
  const wallStart = clock.wallNow();
  const monoStart = clock.monoNow();
  const driftStart = clock.sleepDriftMs() ?? 0;
  return () => Math.max(clock.wallNow() - wallStart, clock.monoNow() - monoStart + ((clock.sleepDriftMs() ?? 0) - driftStart));
}
