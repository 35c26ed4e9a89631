import type { DeviceId, Incarnation } from '../model/index.ts';
import { compareDeviceIds, limits } from '../model/index.ts';
import type { EndReason, Link } from '../ports/index.ts';
import type { Hello, Verdict } from '../protocol/index.ts';
import { protocolVersions } from '../protocol/index.ts';
import { Candidate } from './candidate.ts';
import { Dialler } from './dialler.ts';
import type { Handshaken, HandshakeError } from './link-handshake.ts';
import { handshakeErrorText, shakeHands } from './link-handshake.ts';
import type { EpochLosses } from './peer-session.ts';
import { EpochSession } from './peer-session.ts';
import { ReplyCache } from './reply-cache.ts';
import type { SupervisionHost } from './supervision-host.ts';
import { timing } from './timing.ts';
import type { EpochEnd, LinkState, SupervisedDevice } from './types.ts';
import { isExpectedEnd } from './types.ts';
import { OutlivedIncarnations, compareVersions, decideLink, shouldObey } from './verdict.ts';

/**
 * Keeps one paired device connected for as long as it is paired (SES-4). Events only record facts; {@link PeerSupervisor.evaluate}
 * looks at all of them and decides what to do next.
 *
 * ```
 *            ┌────────────── parked: paused | no usable network | suspended | stopped ◄──────── any state
 *            │ unpaused, network back, resumed
 *            ▼
 *      waiting (timer) ──due──► dialling ──link──► handshake ──accept──► accepted ──bulk open──► live
 *            ▲                     │                  ▲  │                  │                     │
 *            │                     │    inbound link ─┘  │ rejected,        │ link ends           │ epoch ends
 *            └──────── failed ─────┴─────────────────────┴──── failed ──────┴─────────────────────┘
 * ```
 * After a resume a live link is asked for proof while another dial is under way; the handshake decides which of the two stays (SES-3).
 */
export class PeerSupervisor {
  readonly device: DeviceId;
  readonly #host: SupervisionHost;
  readonly #isDecider: boolean;
  readonly #replies: ReplyCache;
  readonly #dialler: Dialler;
  readonly #outlived = new OutlivedIncarnations();
  /** Links in handshake that are neither accepted nor rejected. */
  readonly #candidates = new Set<Candidate>();
  /** Links that we rejected and the other side has not hung up yet, oldest first. */
  readonly #rejected = new Set<Candidate>();
  #target: SupervisedDevice;
  #discovered: readonly string[] = [];
  #lastGood: string | undefined;
  #current: Candidate | undefined;
  #rejectedInARow = 0;
  /** Epochs in a row that broke soon after they began: one may be chance, more must not make us spin. */
  #shortLivedInARow = 0;
  /** Handshakes in a row that failed for what the other side said. */
  #badHandshakes = 0;
  #lastError: string | undefined;
  #asleepSinceMs: number | undefined;
  #obeyed: { readonly incarnation: Incarnation; readonly decision: number } | undefined;
  #malformed = 0;
  #removed = false;
  /** The last evaluation found no usable network. */
  #offline = false;

  constructor(host: SupervisionHost, target: SupervisedDevice) {
    this.#host = host;
    this.#target = target;
    this.device = target.device;
    this.#isDecider = compareDeviceIds(host.device, target.device) > 0;
    this.#replies = new ReplyCache(host.clock);
    const { transport, awake, random, nextDial } = host;
    this.#dialler = new Dialler({
      ...{ device: this.device, transport, awake, random, nextDial },
      onLink: (candidate) => this.#begin(candidate),
      onFailed: (text) => this.#failed(text, true),
      onDue: () => this.#onDue(),
    });
  }

  setTarget(target: SupervisedDevice): void {
    const before = this.addresses();
    this.#target = target;
    this.#onAddresses(before);
    if (target.paused) this.#endAll('paused');
    this.evaluate();
  }

  discovered(addresses: readonly string[]): void {
    const before = this.addresses();
    // Anybody on the network can claim addresses: they leave room for those that a person entered.
    this.#discovered = addresses.slice(0, limits.addressesPerDeviceMax / 2);
    this.#onAddresses(before);
    this.evaluate();
  }

  /**
   * An inbound link of this device. It shows that the device is up: our own dials begin anew, unless links to it came to nothing for
   * reasons that a dial cannot cure; else two devices that do not understand each other would call back and forth for ever.
   */
  acceptLink(link: Link): void {
    if (this.#parked() === 'closed') return link.abort();
    if (this.#badHandshakes === 0 && this.#shortLivedInARow <= 1) this.#dialler.reset();
    const inbound = [...this.#candidates].filter((candidate) => !candidate.outbound);
    const oldest = inbound[0];
    if (oldest && inbound.length >= timing.handshakesPerDeviceMax) this.#drop(oldest);
    this.#begin(new Candidate(link, this.#host.awake.now(), 0));
  }

  /** The next try is at once: another device was reached after an outage. */
  resetBackoff(): void {
    this.#dialler.reset();
    this.evaluate();
  }

  /** The host woke up: nothing from before is trusted until it proves itself, and nothing waits for that (SES-6). */
  resume(): void {
    this.#dialler.reset();
    this.#dialler.abort();
    for (const candidate of [...this.#candidates]) this.#drop(candidate);
    const current = this.#current;
    if (current?.session) {
      if (this.#parked() === undefined) this.#dialler.start(this.addresses(), current);
      current.session.prove();
    } else if (current) this.#drop(current);
    this.evaluate();
  }

  /** Links may be dead, and what is under way may have gone to the old network. */
  networkChanged(): void {
    const staleMs = this.#host.awake.now() - timing.dialStaleMs;
    this.#dialler.reset();
    if (this.#dialler.ageMs() >= timing.dialStaleMs) this.#dialler.abort();
    for (const candidate of [...this.#candidates]) if (candidate.beganAtMs <= staleMs) this.#drop(candidate);
    this.#current?.session?.prove();
    this.evaluate();
  }

  /** Ends whatever there is: the host sleeps, the agent stops, or the device is removed (then for good). */
  close(reason: 'suspend' | 'stop' | 'removed'): void {
    if (reason === 'removed') this.#removed = true;
    this.#endAll(reason);
    this.#dialler.stopWaiting();
  }

  get session(): EpochSession | undefined {
    return this.#current?.stage === 'live' ? this.#current.session : undefined;
  }

  linkState(): LinkState {
    if (this.#target.paused) return { kind: 'paused' };
    const { session } = this;
    if (session) return { kind: 'live', epoch: session.epoch, suspect: session.suspect() };
    if (this.#asleepSinceMs !== undefined) return { kind: 'asleep', sinceMs: this.#asleepSinceMs };
    if (this.#dialler.dialling || this.#current || this.#candidates.size > 0) return { kind: 'dialling' };
    const dueAtMs = this.#dialler.dueAtMs;
    const nextTryAtMs = dueAtMs === undefined ? undefined : this.#host.clock.wallNow() + (dueAtMs - this.#host.awake.now());
    return { kind: 'offline', nextTryAtMs, lastError: this.#lastError };
  }

  /** SES-4's invariant: undefined, or what is wrong. Who was found offline is woken by the network's own notice of a change. */
  violation(): string | undefined {
    if (this.#removed || this.#offline || this.#parked() !== undefined) return undefined;
    if (this.#current || this.#candidates.size > 0 || this.#dialler.dialling || this.#dialler.waiting) return undefined;
    return `${this.device} has no link, no dial, no timer and no wake-up`;
  }

  addresses(): readonly string[] {
    const last = this.#lastGood === undefined ? [] : [this.#lastGood];
    return [...new Set([...last, ...this.#discovered, ...this.#target.addresses])].slice(0, limits.addressesPerDeviceMax);
  }

  /** Looks at all facts and makes sure that the device is being reached, or that something will wake us when it can be. Idempotent. */
  evaluate(): void {
    const dialler = this.#dialler;
    const parked = this.#parked();
    this.#offline = parked === 'offline';
    if (parked !== undefined) {
      dialler.stopWaiting();
      dialler.abort();
    } else if (this.#current) {
      dialler.stopWaiting();
      // Only a dial that was begun in doubt of this very link goes on.
      if (dialler.knew !== this.#current) dialler.abort();
    } else if (dialler.dialling || this.#candidates.size > 0) dialler.stopWaiting();
    else if (!dialler.waiting) dialler.tryOrWait(this.addresses());
  }

  #onDue(): void {
    if (this.#parked() === undefined && !this.#current && this.#candidates.size === 0) this.#dialler.start(this.addresses());
    else this.evaluate();
  }

  /** `closed`: nobody is let in either. `offline`: links are welcome, but there is no network to dial on. */
  #parked(): 'closed' | 'offline' | undefined {
    if (this.#removed || this.#target.paused || this.#host.halted() !== undefined) return 'closed';
    return this.#host.hasNetwork(this.addresses()) ? undefined : 'offline';
  }

  /** A try came to nothing. */
  #failed(text: string, outbound: boolean): void {
    if (!this.#current) {
      this.#dialler.countFailure();
      this.#lastError = text;
    }
    this.#host.emit({ kind: 'link-failed', device: this.device, outbound, text, failures: this.#dialler.failures });
    this.evaluate();
  }

  #begin(candidate: Candidate): void {
    this.#candidates.add(candidate);
    const servePairing = this.#host.servePairing;
    void shakeHands(candidate.link, this.#host.awake, {
      hello: () => this.#hello(candidate),
      decide: (theirs) => this.#decide(candidate, theirs),
      obey: (verdict, theirs) => this.#obey(candidate, verdict, theirs),
      onLinkEnd: (reason) => this.#onLinkEnd(candidate, reason),
      ...(servePairing ? { servePairing } : {}),
    }).then((result) => {
      this.#candidates.delete(candidate);
      this.#rejected.delete(candidate);
      if (candidate.stage === 'over') candidate.link.abort();
      else if (result.ok) this.#goLive(candidate, result.value);
      else this.#onHandshakeFailed(candidate, result.error);
      this.evaluate();
    });
    this.evaluate();
  }

  #hello(candidate: Candidate): Hello {
    const known = candidate.outbound ? candidate.knew?.candidate : this.#current;
    return {
      versions: protocolVersions,
      features: [],
      name: this.#host.name(),
      incarnation: this.#host.incarnation,
      linkSequence: candidate.outbound ? candidate.sequence : this.#host.dialCount(),
      ...(known && known === this.#current ? { knownLink: known.asKnownLink() } : {}),
    };
  }

  #decide(candidate: Candidate, theirs: Hello): Verdict | undefined {
    candidate.theirs = theirs;
    const ourDialBeganAtMs = candidate.outbound ? candidate.beganAtMs : undefined;
    if (this.#outlived.showsTwin(theirs.incarnation, { ourDialBeganAtMs, sequence: theirs.linkSequence })) {
      this.#host.emit({ kind: 'twin', device: this.device });
    }
    const versions = compareVersions(protocolVersions, theirs.versions);
    if (versions !== 'common') {
      this.#host.emit({ kind: 'version-mismatch', device: this.device, older: versions === 'we-are-older' ? 'here' : 'there' });
    }
    if (!this.#isDecider) return undefined;
    const decision = this.#host.nextDecision();
    if (versions !== 'common') return { verdict: 'reject-version', decision };
    if (candidate.stage === 'over') return { verdict: 'reject-stale', decision };
    const current = this.#current;
    const { verdict } = decideLink(
      candidate.asOffered(theirs, current),
      current?.theirs && current.asCurrent(current.theirs),
      this.#outlived.all,
    );
    if (verdict === 'accept') this.#install(candidate, theirs);
    else this.#reject(candidate);
    return { verdict, decision };
  }

  #reject(candidate: Candidate): void {
    this.#candidates.delete(candidate);
    this.#rejected.add(candidate);
    const [oldest] = this.#rejected;
    if (oldest && this.#rejected.size > timing.handshakesPerDeviceMax) oldest.link.abort();
  }

  #obey(candidate: Candidate, { decision }: Verdict, { incarnation }: Hello): boolean {
    if (candidate.stage === 'over') return false;
    const accepted = { incarnation, decision };
    if (!shouldObey(accepted, this.#obeyed, this.#outlived.all, this.#current !== undefined)) return false;
    this.#obeyed = accepted;
    if (candidate.theirs) this.#install(candidate, candidate.theirs);
    return true;
  }

  /** From now on `candidate` is the link that counts; the one before it ends at once. */
  #install(candidate: Candidate, theirs: Hello): void {
    const previous = this.#current;
    this.#current = candidate;
    candidate.stage = 'accepted';
    this.#candidates.delete(candidate);
    this.#outlived.accepted(theirs.incarnation, this.#host.awake.now());
    if (previous) this.#end(previous, previous.incarnation === theirs.incarnation ? 'replaced' : 'restarted');
    this.evaluate();
  }

  #onHandshakeFailed(candidate: Candidate, error: HandshakeError): void {
    if (this.#current === candidate) this.#current = undefined;
    candidate.stage = 'over';
    if (error.kind === 'malformed') this.#onMalformed(error.text);
    if (error.kind === 'out-of-date') return;
    if (error.kind === 'rejected' && error.verdict !== 'reject-version') return this.#onRejected(candidate);
    const isBad = error.kind === 'malformed' || error.kind === 'rejected';
    if (isBad) this.#badHandshakes += 1;
    // A link that they dialled and lost is theirs to try again; ours begins at once anyway.
    if (candidate.outbound || isBad) this.#failed(handshakeErrorText(error), candidate.outbound);
  }

  /** Another link counts. If there is none here, its verdict is lost: dial again at once, but do not spin. */
  #onRejected(candidate: Candidate): void {
    if (this.#current || this.#candidates.size > 0 || !candidate.outbound) return;
    this.#rejectedInARow += 1;
    if (this.#rejectedInARow > 1) this.#failed('the other device prefers another link', true);
    else this.#dialler.reset();
  }

  #goLive(candidate: Candidate, { theirs, control, bulk }: Handshaken): void {
    const { awake, random, logger, handlers, references, incarnation, onBytes, onLate } = this.#host;
    const { link } = candidate;
    const epoch = this.#host.nextEpoch();
    const session = new EpochSession({
      ...{ epoch, link, control, bulk, hello: theirs, incarnation, awake, random, logger, handlers, replies: this.#replies, references },
      events: {
        onEnd: (reason, losses) => this.#onEpochEnd(candidate, session, reason, losses),
        onSuspect: (suspect, cause) => this.#host.emit({ kind: 'suspect', device: this.device, epoch, suspect, cause }),
        onProved: (wasDoubted) => {
          this.#onProved(candidate);
          if (wasDoubted) this.#host.emit({ kind: 'proved', device: this.device, epoch });
        },
        onMalformed: (text) => this.#onMalformed(text),
        ...{ onBytes, onLate },
      },
    });
    candidate.session = session;
    candidate.stage = 'live';
    candidate.liveAtMs = awake.now();
    this.#asleepSinceMs = undefined;
    this.#lastError = undefined;
    this.#rejectedInARow = 0;
    this.#badHandshakes = 0;
    if (candidate.outbound) this.#lastGood = link.remoteAddress;
    this.#host.onLive(session, candidate.outbound);
    session.start();
  }

  /** The live link proved itself: the dial that doubted it is not needed. */
  #onProved(candidate: Candidate): void {
    if (this.#current === candidate) this.#dialler.abort();
  }

  #onLinkEnd(candidate: Candidate, reason: EndReason): void {
    if (candidate.session) candidate.session.end(reason === 'remote-closed' ? 'remote-closed' : 'lost');
  }

  #onEpochEnd(candidate: Candidate, session: EpochSession, end: EpochEnd, losses: EpochLosses): void {
    if (this.#current === candidate) this.#current = undefined;
    candidate.stage = 'over';
    const livedMs = Math.round(this.#host.awake.now() - candidate.liveAtMs);
    // Whoever hears our farewell hangs up first, and some links break on the way into sleep.
    const reason = this.#host.halted() === 'suspended' && !isExpectedEnd(end) ? 'suspend' : end;
    this.#shortLivedInARow = livedMs >= timing.stableMs ? 0 : this.#shortLivedInARow + 1;
    if (this.#shortLivedInARow <= 1) this.#dialler.reset();
    else if (!isExpectedEnd(reason)) this.#dialler.countFailure();
    if (reason === 'peer-asleep') {
      this.#asleepSinceMs = this.#host.clock.wallNow();
      this.#dialler.reset(timing.asleepAttempt);
    }
    this.#host.emit({ kind: 'session-gone', device: this.device, epoch: session.epoch, reason, ...losses, livedMs });
    this.evaluate();
  }

  #onMalformed(text: string): void {
    this.#malformed += 1;
    this.#host.emit({ kind: 'malformed', device: this.device, text, count: this.#malformed });
  }

  #end(candidate: Candidate, reason: EpochEnd): void {
    candidate.stage = 'over';
    if (candidate.session) candidate.session.end(reason);
    else candidate.link.abort();
  }

  #drop(candidate: Candidate): void {
    this.#candidates.delete(candidate);
    if (this.#current === candidate) this.#current = undefined;
    this.#end(candidate, 'lost');
  }

  #endAll(reason: EpochEnd): void {
    this.#dialler.abort();
    for (const candidate of [...this.#candidates]) this.#drop(candidate);
    const current = this.#current;
    this.#current = undefined;
    if (current) this.#end(current, reason);
  }

  #onAddresses(before: readonly string[]): void {
    const added = this.addresses().filter((address) => !before.includes(address));
    if (added.length === 0) return;
    // A device that was not where we looked is looked for where it is now.
    this.#dialler.reset();
    if (!this.#dialler.isDialledAll(added)) this.#dialler.abort();
  }
}
