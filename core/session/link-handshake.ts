import type { Deferred, Result } from '../base/index.ts';
import { deferred, err, ok } from '../base/index.ts';
import type { Channel, EndReason, Link } from '../ports/index.ts';
import type { CborValue, Hello, MalformedError, Verdict } from '../protocol/index.ts';
import {
  bulkProtocol,
  controlProtocol,
  decodeAs,
  encodeCbor,
  encodeFrame,
  helloSchema,
  pairProtocol,
  verdictSchema,
} from '../protocol/index.ts';
import type { AwakeClock } from './awake-clock.ts';
import { FramedChannel } from './framed-channel.ts';
import { timing } from './timing.ts';

/** What the handshake asks its owner. All are called at most once, in this order. */
export interface HandshakeOwner {
  /** What we say of ourselves, at the moment when it is said. */
  readonly hello: () => Hello;
  /** The peer's hello came. The deciding side returns its verdict, which is final the moment it is made; the other side undefined. */
  readonly decide: (theirs: Hello) => Verdict | undefined;
  /** The deciding side's verdict came. False where it is out of date: the link ends. */
  readonly obey: (verdict: Verdict, theirs: Hello) => boolean;
  /** The link is over, however it ended, also long after the handshake. */
  readonly onLinkEnd: (reason: EndReason) => void;
  /** A paired device opened the pairing channel: it may have forgotten us. Absent: refused. */
  readonly servePairing?: (link: Link, channel: Channel) => void;
}

export interface Handshaken {
  readonly theirs: Hello;
  readonly control: FramedChannel;
  readonly bulk: FramedChannel;
}

export type HandshakeError =
  | { readonly kind: 'rejected'; readonly verdict: Verdict['verdict']; readonly theirs: Hello }
  | { readonly kind: 'out-of-date' }
  | { readonly kind: 'malformed'; readonly text: string }
  | { readonly kind: 'ended' }
  | { readonly kind: 'timeout' };

/**
 * Agrees with the other side whether `link` counts (SES-3) and opens its two channels: the dialer opens control and says hello, the
 * listener answers, the deciding side says its verdict, then the dialer opens bulk. Ends within `timing.handshakeMs` of awake time.
 * A link whose handshake fails is aborted.
 */
export async function shakeHands(link: Link, awake: AwakeClock, owner: HandshakeOwner): Promise<Result<Handshaken, HandshakeError>> {
  const inbox = new ChannelInbox(link, owner);
  const late = deferred<Result<Handshaken, HandshakeError>>();
  const timer = awake.setTimer(timing.handshakeMs, () => late.resolve(err({ kind: 'timeout' })));
  const steps = link.direction === 'outbound' ? dial(link, owner) : listen(inbox, owner);
  const result = await Promise.race([steps, late.promise]);
  timer.cancel();
  if (!result.ok) link.abort();
  return result;
}

/** For people. */
export function handshakeErrorText(error: HandshakeError): string {
  switch (error.kind) {
    case 'rejected':
      return error.verdict === 'reject-version' ? 'one of the two devices needs a newer Dormouse' : 'the other device prefers another link';
    case 'malformed':
      return `the other device spoke an unknown language (${error.text})`;
    case 'timeout':
      return 'the other device answered the call but not the handshake';
    case 'ended':
    case 'out-of-date':
      return 'the link broke during the handshake';
  }
}

async function dial(link: Link, owner: HandshakeOwner): Promise<Result<Handshaken, HandshakeError>> {
  const channel = await link.open(controlProtocol);
  if (!channel) return err({ kind: 'ended' });
  const control = new FramedChannel(channel, timing.handshakeBytesMax);
  if (!(await say(channel, owner.hello()))) return err({ kind: 'ended' });
  const theirs = await hear(control, (bytes) => decodeAs(helloSchema, bytes));
  if (!theirs.ok) return theirs;
  const agreed = await agree(control, theirs.value, owner);
  if (!agreed.ok) return agreed;
  const bulk = await link.open(bulkProtocol);
  return bulk ? done(theirs.value, control, bulk) : err({ kind: 'ended' });
}

async function listen(inbox: ChannelInbox, owner: HandshakeOwner): Promise<Result<Handshaken, HandshakeError>> {
  const channel = await inbox.control.promise;
  if (!channel) return err({ kind: 'ended' });
  const control = new FramedChannel(channel, timing.handshakeBytesMax);
  const theirs = await hear(control, (bytes) => decodeAs(helloSchema, bytes));
  if (!theirs.ok) return theirs;
  if (!(await say(channel, owner.hello()))) return err({ kind: 'ended' });
  const agreed = await agree(control, theirs.value, owner);
  if (!agreed.ok) return agreed;
  const bulk = await inbox.bulk.promise;
  return bulk ? done(theirs.value, control, bulk) : err({ kind: 'ended' });
}

async function agree(control: FramedChannel, theirs: Hello, owner: HandshakeOwner): Promise<Result<void, HandshakeError>> {
  const ours = owner.decide(theirs);
  if (ours) {
    const said = await say(control.channel, ours);
    if (ours.verdict === 'accept') return said ? ok() : err({ kind: 'ended' });
    // Let the verdict arrive before the link is aborted; whoever is rejected hangs up.
    if (said) await control.next();
    return err({ kind: 'rejected', verdict: ours.verdict, theirs });
  }
  const heard = await hear(control, (bytes) => decodeAs(verdictSchema, bytes));
  if (!heard.ok) return heard;
  if (heard.value.verdict !== 'accept') return err({ kind: 'rejected', verdict: heard.value.verdict, theirs });
  return owner.obey(heard.value, theirs) ? ok() : err({ kind: 'out-of-date' });
}

function done(theirs: Hello, control: FramedChannel, bulk: Channel): Result<Handshaken, HandshakeError> {
  control.unbound();
  return ok({ theirs, control, bulk: new FramedChannel(bulk) });
}

/** Sends one CBOR value as a frame; false when the channel is over. */
export async function say(channel: Channel, value: CborValue): Promise<boolean> {
  const [head] = encodeFrame(encodeCbor(value));
  return channel.write(head);
}

/** Reads one frame and what `decode` makes of it. */
export async function hear<T>(
  channel: FramedChannel,
  decode: (header: Uint8Array) => Result<T, MalformedError>,
): Promise<Result<T, { readonly kind: 'ended' } | { readonly kind: 'malformed'; readonly text: string }>> {
  const frame = await channel.next();
  if (frame === 'ended') return err({ kind: 'ended' });
  if (typeof frame === 'string') return err({ kind: 'malformed', text: frame });
  return decode(frame.header);
}

/** Takes the channels that the dialer opens on an inbound link, one of each kind; any other channel is aborted. */
class ChannelInbox {
  readonly control: Deferred<Channel | undefined> = deferred();
  readonly bulk: Deferred<Channel | undefined> = deferred();
  readonly #link: Link;
  readonly #owner: HandshakeOwner;
  readonly #taken = new Set<string>();

  constructor(link: Link, owner: HandshakeOwner) {
    this.#link = link;
    this.#owner = owner;
    link.onChannel((channel) => this.#take(channel));
    link.onEnd((reason) => {
      this.control.resolve(undefined);
      this.bulk.resolve(undefined);
      owner.onLinkEnd(reason);
    });
  }

  #take(channel: Channel): void {
    const { protocol } = channel;
    const welcome = this.#link.direction === 'inbound' && !this.#taken.has(protocol);
    this.#taken.add(protocol);
    if (welcome && protocol === controlProtocol) this.control.resolve(channel);
    else if (welcome && protocol === bulkProtocol) this.bulk.resolve(channel);
    else if (welcome && protocol === pairProtocol && this.#owner.servePairing) this.#owner.servePairing(this.#link, channel);
    else channel.abort();
  }
}
