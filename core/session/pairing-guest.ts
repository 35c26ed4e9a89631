import type { Result } from '../base/index.ts';
import { err, hexFromBytes, ok } from '../base/index.ts';
import type { DeviceId, Incarnation } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Clock, Crypto, DialError, Link, Logger, Random, Transport } from '../ports/index.ts';
import type { Invite, PairReply } from '../protocol/index.ts';
import { decodeAs, pairGreetingSchema, pairProtocol, pairReplySchema } from '../protocol/index.ts';
import { FramedChannel } from './framed-channel.ts';
import { hear, say } from './link-handshake.ts';
import type { PairedPeer, PairingParties } from './pairing-proof.ts';
import { isPairingProof, pairingProof } from './pairing-proof.ts';
import { timing } from './timing.ts';

export interface PairingGuestOptions {
  readonly transport: Pick<Transport, 'dial'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Pick<Crypto, 'hmacSha256'>;
  readonly logger: Logger;
  readonly device: DeviceId;
  readonly name: () => string;
  readonly addresses: () => readonly string[];
  /** The setting of RPC-4: whether a lost exchange may be repeated. */
  readonly retry: () => boolean;
  /** The host proved itself: store it durably before this resolves. */
  readonly onPaired: (peer: PairedPeer) => Promise<'stored' | 'too-many'>;
}

export type PairError =
  /** The inviting device was not reached at any address of the invite. */
  | { readonly kind: 'unreachable'; readonly error: DialError }
  /** It does not take this invite. */
  | { readonly kind: 'refused'; readonly reason: Extract<PairReply, { kind: 'refused' }>['reason'] }
  /** What answered does not know the invite's secret. */
  | { readonly kind: 'bad-proof' }
  /** The connection broke, also on the second try, before anything was asked. Try again. */
  | { readonly kind: 'lost' }
  /** The host may have stored this device: if it lists it, remove it there, and use a new invite. */
  | { readonly kind: 'outcome-unknown' }
  /** This device has as many paired devices as it may. */
  | { readonly kind: 'too-many' }
  | { readonly kind: 'aborted' };

/** The invited side of pairing (chapter 10). */
export interface PairingGuest {
  /** Uses `invite`; the peer was stored by `onPaired` when it resolves. One at a time per inviting device. */
  pair(invite: Invite, signal?: AbortSignal): Promise<Result<PairedPeer, PairError>>;
  /** Whether `device` is being paired with: the transport must admit it, although it is not paired yet. */
  isExpected(device: DeviceId): boolean;
}

export function createPairingGuest(options: PairingGuestOptions): PairingGuest {
  return new InvitedSide(options);
}

/** How one exchange ended: with the host's answer, or how far it came. */
type Exchange =
  | { readonly kind: 'answered'; readonly reply: PairReply; readonly incarnation: Incarnation }
  | { readonly kind: 'not-asked' }
  | { readonly kind: 'asked'; readonly incarnation: Incarnation }
  /** The host runs anew since the first try. */
  | { readonly kind: 'other-run' }
  | { readonly kind: 'unreachable'; readonly error: DialError };

class InvitedSide implements PairingGuest {
  readonly #options: PairingGuestOptions;
  readonly #expected = new Map<DeviceId, number>();

  constructor(options: PairingGuestOptions) {
    this.#options = options;
  }

  isExpected(device: DeviceId): boolean {
    return this.#expected.has(device);
  }

  async pair(invite: Invite, signal?: AbortSignal): Promise<Result<PairedPeer, PairError>> {
    const { device } = invite;
    this.#expected.set(device, (this.#expected.get(device) ?? 0) + 1);
    try {
      return await this.#pair(invite, signal);
    } finally {
      const left = (this.#expected.get(device) ?? 1) - 1;
      if (left > 0) this.#expected.set(device, left);
      else this.#expected.delete(device);
    }
  }

  async #pair(invite: Invite, signal: AbortSignal | undefined): Promise<Result<PairedPeer, PairError>> {
    const nonce = hexFromBytes(this.#options.random.bytes(16));
    const first = await this.#exchange(invite, nonce, undefined, signal);
    // A link that broke is tried once more: the host gives the same device the same answer (RPC-2).
    const isLost = first.kind === 'not-asked' || first.kind === 'asked';
    const askedRun = first.kind === 'asked' ? first.incarnation : undefined;
    const mayRepeat = isLost && signal?.aborted !== true && this.#options.retry();
    if (mayRepeat) this.#options.logger.log('info', 'call-repeated', { verb: 'pair', device: invite.device, fate: first.kind });
    const last = mayRepeat ? await this.#exchange(invite, nonce, askedRun, signal) : first;
    if (last.kind === 'answered') return this.#conclude(invite, last.reply);
    if (first.kind === 'asked' || last.kind === 'asked') return err({ kind: 'outcome-unknown' });
    if (signal?.aborted === true) return err({ kind: 'aborted' });
    return last.kind === 'unreachable' ? err({ kind: 'unreachable', error: last.error }) : err({ kind: 'lost' });
  }

  async #conclude(invite: Invite, reply: PairReply): Promise<Result<PairedPeer, PairError>> {
    if (reply.kind === 'refused') return err({ kind: 'refused', reason: reply.reason });
    if (!isPairingProof(this.#options.crypto, 'host', this.#partiesOf(invite), reply.proof)) return err({ kind: 'bad-proof' });
    const addresses = [...new Set([...reply.addresses, ...invite.addresses])].slice(0, limits.addressesPerDeviceMax);
    const peer: PairedPeer = { device: invite.device, name: reply.name, addresses };
    const outcome = await this.#options.onPaired(peer);
    return outcome === 'stored' ? ok(peer) : err({ kind: 'too-many' });
  }

  async #exchange(invite: Invite, nonce: string, expectedRun: Incarnation | undefined, signal: AbortSignal | undefined): Promise<Exchange> {
    const { transport, clock } = this.#options;
    const dialled = await transport.dial(invite.device, invite.addresses, { ...(signal ? { signal } : {}), timeoutMs: timing.dialMs });
    if (!dialled.ok) return { kind: 'unreachable', error: dialled.error };
    const link = dialled.value;
    const end = (): void => link.abort();
    const timer = clock.setTimer(timing.pairingMs, end);
    signal?.addEventListener('abort', end, { once: true });
    link.onChannel((channel) => channel.abort());
    if (signal?.aborted === true) end();
    const exchange = await this.#talk(link, invite, nonce, expectedRun);
    timer.cancel();
    signal?.removeEventListener('abort', end);
    end();
    return exchange;
  }

  async #talk(link: Link, invite: Invite, nonce: string, expectedRun: Incarnation | undefined): Promise<Exchange> {
    const channel = await link.open(pairProtocol);
    if (!channel) return { kind: 'not-asked' };
    const framed = new FramedChannel(channel, timing.pairingBytesMax);
    const greeting = await hear(framed, (bytes) => decodeAs(pairGreetingSchema, bytes));
    if (!greeting.ok) return { kind: 'not-asked' };
    const { incarnation } = greeting.value;
    if (expectedRun !== undefined && expectedRun !== incarnation) return { kind: 'other-run' };
    const request = {
      ...{ incarnation, nonce, invite: invite.id, name: this.#options.name() },
      addresses: this.#options.addresses().slice(0, limits.addressesPerDeviceMax),
      proof: pairingProof(this.#options.crypto, 'guest', this.#partiesOf(invite)),
    };
    if (!(await say(channel, request))) return { kind: 'asked', incarnation };
    const reply = await hear(framed, (bytes) => decodeAs(pairReplySchema, bytes));
    return reply.ok ? { kind: 'answered', reply: reply.value, incarnation } : { kind: 'asked', incarnation };
  }

  #partiesOf(invite: Invite): PairingParties {
    return { inviteId: invite.id, secret: invite.secret, host: invite.device, guest: this.#options.device };
  }
}
