import type { Incarnation } from '../model/index.ts';
import type { Link } from '../ports/index.ts';
import type { Hello } from '../protocol/index.ts';
import type { EpochSession } from './peer-session.ts';
import type { CurrentLink, OfferedLink } from './verdict.ts';

/** What a dial knew when it began: the link that there was, and how often that had proved itself. */
export interface KnownAtDial {
  readonly candidate: Candidate;
  readonly proofs: number;
}

/**
 * One link to a device on its way from the transport to an epoch: in handshake, then accepted (it is the link that counts, its bulk
 * channel is being opened), then live; over at any time.
 */
export class Candidate {
  readonly link: Link;
  /** When the dial began, or an inbound link came; awake ms. */
  readonly beganAtMs: number;
  readonly knew: KnownAtDial | undefined;
  stage: 'handshake' | 'accepted' | 'live' | 'over' = 'handshake';
  theirs: Hello | undefined;
  session: EpochSession | undefined;
  liveAtMs = 0;
  readonly #ownSequence: number;

  /** `ownSequence`: the number of our dial; of no meaning for an inbound link. */
  constructor(link: Link, beganAtMs: number, ownSequence: number, knew?: KnownAtDial) {
    this.link = link;
    this.beganAtMs = beganAtMs;
    this.knew = knew;
    this.#ownSequence = ownSequence;
  }

  get outbound(): boolean {
    return this.link.direction === 'outbound';
  }

  /** The dialer's number of this link; of an inbound one known from its hello. */
  get sequence(): number {
    return this.outbound ? this.#ownSequence : (this.theirs?.linkSequence ?? 0);
  }

  get incarnation(): Incarnation | undefined {
    return this.theirs?.incarnation;
  }

  /** How we name this link in a hello. */
  asKnownLink(): NonNullable<Hello['knownLink']> {
    return { dialer: this.outbound ? 'me' : 'you', linkSequence: this.sequence };
  }

  /** Whether the peer named this link in `hello` as one that it has. */
  isKnownIn(hello: Hello): boolean {
    const dialer = this.outbound ? 'you' : 'me';
    return hello.knownLink?.dialer === dialer && hello.knownLink.linkSequence === this.sequence;
  }

  /** As the deciding side sees it once it counts. */
  asCurrent(theirs: Hello): CurrentLink {
    return {
      dialer: this.outbound ? 'decider' : 'other',
      sequence: this.sequence,
      incarnation: theirs.incarnation,
      otherDialCount: theirs.linkSequence,
    };
  }

  /** As the deciding side sees it while `current` counts. */
  asOffered(theirs: Hello, current: Candidate | undefined): OfferedLink {
    return {
      dialer: this.outbound ? 'decider' : 'other',
      sequence: this.sequence,
      incarnation: theirs.incarnation,
      otherDialCount: theirs.linkSequence,
      otherKnowsCurrent: current?.isKnownIn(theirs) ?? false,
      deciderKnew: this.#deciderKnew(current),
    };
  }

  #deciderKnew(current: Candidate | undefined): OfferedLink['deciderKnew'] {
    if (!current || this.knew?.candidate !== current) return 'nothing';
    return (current.session?.proofs ?? 0) > this.knew.proofs ? 'proved-since' : 'unproved';
  }
}
