import type { Result } from '../base/index.ts';
import { MINUTE_MS, err, hexFromBytes, ok } from '../base/index.ts';
import type { DeviceId, Incarnation } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Channel, Clock, Crypto, Link, Logger, Random } from '../ports/index.ts';
import type { Invite, PairReply, PairRequest } from '../protocol/index.ts';
import { decodeAs, inviteToText, pairProtocol, pairRequestSchema } from '../protocol/index.ts';
import { FramedChannel } from './framed-channel.ts';
import { hear, say } from './link-handshake.ts';
import type { PairedPeer } from './pairing-proof.ts';
import { isPairingProof, pairingProof } from './pairing-proof.ts';
import { timing } from './timing.ts';

export interface PairingHostOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Pick<Crypto, 'hmacSha256'>;
  readonly logger: Logger;
  readonly device: DeviceId;
  readonly incarnation: Incarnation;
  readonly name: () => string;
  /** Where this device can be dialled now, best first. */
  readonly addresses: () => readonly string[];
  /**
   * A guest proved that it holds an invite. Store it durably and let it in before this resolves: the guest is told right afterwards.
   * If it rejects, nothing is told and the invite may be used again.
   */
  readonly onPaired: (peer: PairedPeer) => Promise<'stored' | 'too-many'>;
}

/** The inviting side of pairing (chapter 10). Strangers reach nothing but this. */
export interface PairingHost {
  /** A new one-time invite; `too-many-invites` while `limits.invitesOpenMax` are open. */
  createInvite(): Result<Invite, { readonly kind: 'too-many-invites' }>;
  /** Closes every invite that was not used. */
  closeInvites(): void;
  /** Whether some invite waits for its guest: only then the transport lets strangers in, and to the pairing channel only. */
  isOpen(): boolean;
  /** A link that the transport admitted for pairing only. */
  acceptLink(link: Link): void;
  /** The pairing channel of a link that is not a stranger's: a paired device that has forgotten us, or missed the first reply. */
  serveChannel(link: Link, channel: Channel): void;
}

export function createPairingHost(options: PairingHostOptions): PairingHost {
  return new InvitingSide(options);
}

interface OpenInvite {
  readonly invite: Invite;
  readonly madeAtMonoMs: number;
  /** Set by the first guest with a proof: to the same device the same reply is given again. */
  used: { readonly by: DeviceId; readonly reply: Promise<PairReply | undefined> } | undefined;
}

class InvitingSide implements PairingHost {
  readonly #options: PairingHostOptions;
  /** By the invite's id in hex. */
  readonly #invites = new Map<string, OpenInvite>();
  #strangers = 0;
  /** When strangers came in the last minute; monotonic ms. */
  #arrivals: number[] = [];

  constructor(options: PairingHostOptions) {
    this.#options = options;
  }

  createInvite(): Result<Invite, { readonly kind: 'too-many-invites' }> {
    this.#dropExpired();
    if (this.#invites.size >= limits.invitesOpenMax) return err({ kind: 'too-many-invites' });
    const { random, clock, device, name, addresses } = this.#options;
    const invite: Invite = withinText({
      version: 1,
      device,
      name: name(),
      addresses: addresses().slice(0, limits.addressesPerDeviceMax),
      id: random.bytes(8),
      secret: random.bytes(16),
      expiresAtMs: clock.wallNow() + limits.inviteLifetimeMs,
    });
    this.#invites.set(hexFromBytes(invite.id), { invite, madeAtMonoMs: clock.monoNow(), used: undefined });
    return ok(invite);
  }

  closeInvites(): void {
    for (const [id, { used }] of this.#invites) if (!used) this.#invites.delete(id);
  }

  isOpen(): boolean {
    this.#dropExpired();
    return [...this.#invites.values()].some(({ used }) => !used);
  }

  acceptLink(link: Link): void {
    if (!this.#mayEnter()) return link.abort();
    this.#strangers += 1;
    const timer = this.#options.clock.setTimer(timing.pairingMs, () => link.abort());
    let served = false;
    link.onChannel((channel) => {
      if (served || channel.protocol !== pairProtocol) return channel.abort();
      served = true;
      this.serveChannel(link, channel);
    });
    link.onEnd(() => {
      timer.cancel();
      this.#strangers -= 1;
    });
  }

  serveChannel(link: Link, channel: Channel): void {
    const timer = this.#options.clock.setTimer(timing.pairingMs, () => channel.abort());
    void this.#serve(link.remote, channel).finally(() => {
      timer.cancel();
      channel.abort();
    });
  }

  async #serve(guest: DeviceId, channel: Channel): Promise<void> {
    const framed = new FramedChannel(channel, timing.pairingBytesMax);
    if (!(await say(channel, { incarnation: this.#options.incarnation }))) return;
    const request = await hear(framed, (bytes) => decodeAs(pairRequestSchema, bytes));
    if (!request.ok && request.error.kind === 'ended') return;
    const reply = request.ok ? await this.#answer(guest, request.value) : refused('malformed');
    if (!reply) return;
    this.#options.logger.log('info', 'pairing-answered', { device: guest, reply: reply.kind === 'paired' ? 'paired' : reply.reason });
    if (!(await say(channel, reply))) return;
    await channel.closeWrite();
    // The guest hangs up when it has the reply, and not later than the timer.
    await framed.next();
  }

  /** Undefined where this side failed and may be asked again. */
  #answer(guest: DeviceId, request: PairRequest): Promise<PairReply | undefined> {
    const open = this.#invites.get(hexFromBytes(request.invite));
    if (!open || request.incarnation !== this.#options.incarnation) return Promise.resolve(refused('unknown-invite'));
    if (this.#isExpired(open)) return Promise.resolve(refused('expired'));
    const parties = { inviteId: open.invite.id, secret: open.invite.secret, host: this.#options.device, guest };
    if (!isPairingProof(this.#options.crypto, 'guest', parties, request.proof)) return Promise.resolve(refused('bad-proof'));
    if (open.used) return open.used.by === guest ? open.used.reply : Promise.resolve(refused('used'));
    const reply = this.#pair(open, guest, request, pairingProof(this.#options.crypto, 'host', parties));
    open.used = { by: guest, reply };
    return reply;
  }

  async #pair(open: OpenInvite, guest: DeviceId, request: PairRequest, proof: Uint8Array): Promise<PairReply | undefined> {
    const { onPaired, name, addresses, logger } = this.#options;
    try {
      const outcome = await onPaired({ device: guest, name: request.name, addresses: request.addresses });
      if (outcome === 'stored')
        return { kind: 'paired', name: name(), addresses: addresses().slice(0, limits.addressesPerDeviceMax), proof };
      open.used = undefined;
      return refused('too-many');
    } catch (error) {
      open.used = undefined;
      logger.log('error', 'pairing-not-stored', { device: guest, error: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  }

  /** Bounds strangers at a time and per minute: what they cost is theirs to choose, so it must be little. */
  #mayEnter(): boolean {
    const now = this.#options.clock.monoNow();
    this.#arrivals = this.#arrivals.filter((atMs) => now - atMs < MINUTE_MS);
    if (!this.isOpen() || this.#strangers >= timing.pairingLinksMax || this.#arrivals.length >= timing.pairingLinksPerMinuteMax)
      return false;
    this.#arrivals.push(now);
    return true;
  }

  #dropExpired(): void {
    for (const [id, open] of this.#invites) if (this.#isExpired(open)) this.#invites.delete(id);
  }

  /** By either clock: the wall clock may be set back, the monotonic one may stand still in sleep. */
  #isExpired({ invite, madeAtMonoMs }: OpenInvite): boolean {
    const { clock } = this.#options;
    return clock.wallNow() >= invite.expiresAtMs || clock.monoNow() - madeAtMonoMs >= limits.inviteLifetimeMs;
  }
}

function refused(reason: Extract<PairReply, { kind: 'refused' }>['reason']): PairReply {
  return { kind: 'refused', reason };
}

/** An invite whose text is not too long to be read: the last addresses give way. */
function withinText(invite: Invite): Invite {
  let fitting = invite;
  while (fitting.addresses.length > 0 && inviteToText(fitting).length > limits.inviteTextCharsMax) {
    fitting = { ...fitting, addresses: fitting.addresses.slice(0, -1) };
  }
  return fitting;
}
