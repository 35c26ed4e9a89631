import type { Incarnation } from '../model/index.ts';
import type { Hello, Verdict } from '../protocol/index.ts';

/**
 * Which of two links to one device counts (SES-3), decided by one side, the one with the greater DeviceId (*decider*; the other side
 * is *other*), from what both say in their hellos and without any timer. The model is Foolscap's negotiation, where the master
 * decides from the slave's incarnation and the number of the connection that it last knew.
 *
 * Links are numbered by who dialled them. Every hello of *other* carries its dial count, so the decider knows of each link that
 * *other* dials whether that was before or after *other* answered on the current link. After means that *other* has seen the
 * current link and wants another one; before means that the two dials crossed, or that this one comes late.
 *
 * | row | current link | offered link | verdict |
 * |---|---|---|---|
 * | `first` | none, or known dead | any | accept |
 * | `outlived` | of another incarnation | of an incarnation that a later one has followed | reject-stale |
 * | `restarted` | of another incarnation | of an incarnation not seen before | accept |
 * | `redialled` | dialled by other | dialled by other, higher number: it gave the current one up, or never got its verdict | accept |
 * | `late-dial` | dialled by other | dialled by other, number not higher | reject-stale |
 * | `known-dead` | dialled by decider | dialled by other after it answered on the current one, or naming it as the one to replace | accept |
 * | `crossing` | dialled by decider | dialled by other before it answered on the current one: crossing, or a stale late dial | reject-duplicate |
 * | `replacing` | any | dialled by decider although it knew the current one, which has not proved itself since | accept |
 * | `proved` | any | dialled by decider although it knew the current one, which has proved itself since | reject-duplicate |
 * | `given-up` | dialled by other | dialled by decider, who did not know it; other has dialled again since and does not name it | accept |
 * | `crossing-own` | any | dialled by decider, who did not know the current one | reject-duplicate |
 *
 * A rejection never leaves the two without a link for long: whoever is rejected and has no live link dials again at once, and that
 * dial has a number higher than any the decider knows, so it is accepted (`redialled`, `known-dead`).
 */
export interface OfferedLink {
  readonly dialer: 'decider' | 'other';
  /** The dialer's number of this link. */
  readonly sequence: number;
  /** What *other* said on it. */
  readonly incarnation: Incarnation;
  /** How many links *other* had dialled when it said hello on it. */
  readonly otherDialCount: number;
  /** Whether *other* named the current link as one that it has. */
  readonly otherKnowsCurrent: boolean;
  /** Only of a link that the decider dialled: what it knew of the current link when it began to dial. */
  readonly deciderKnew: 'nothing' | 'unproved' | 'proved-since';
}

/** The link that the decider accepted last and does not know to be dead. */
export interface CurrentLink {
  readonly dialer: 'decider' | 'other';
  readonly sequence: number;
  readonly incarnation: Incarnation;
  readonly otherDialCount: number;
}

export type VerdictRow =
  | 'first'
  | 'outlived'
  | 'restarted'
  | 'redialled'
  | 'late-dial'
  | 'known-dead'
  | 'crossing'
  | 'replacing'
  | 'proved'
  | 'given-up'
  | 'crossing-own';

export interface Decision {
  readonly verdict: Exclude<Verdict['verdict'], 'reject-version'>;
  readonly row: VerdictRow;
}

/** Decides on `offered` while `current` is there; `outlived` are incarnations of *other* that a later one has followed. */
export function decideLink(offered: OfferedLink, current: CurrentLink | undefined, outlived: ReadonlySet<Incarnation>): Decision {
  if (!current) return accept('first');
  if (offered.incarnation !== current.incarnation) {
    return outlived.has(offered.incarnation) ? { verdict: 'reject-stale', row: 'outlived' } : accept('restarted');
  }
  return offered.dialer === 'other' ? decideOnDialOfOther(offered, current) : decideOnOwnDial(offered, current);
}

function decideOnDialOfOther(offered: OfferedLink, current: CurrentLink): Decision {
  if (current.dialer === 'other') {
    return offered.sequence > current.sequence ? accept('redialled') : { verdict: 'reject-stale', row: 'late-dial' };
  }
  const afterCurrent = offered.sequence > current.otherDialCount || offered.otherKnowsCurrent;
  return afterCurrent ? accept('known-dead') : { verdict: 'reject-duplicate', row: 'crossing' };
}

function decideOnOwnDial(offered: OfferedLink, current: CurrentLink): Decision {
  if (offered.deciderKnew === 'unproved') return accept('replacing');
  if (offered.deciderKnew === 'proved-since') return { verdict: 'reject-duplicate', row: 'proved' };
  const otherGaveUp = current.dialer === 'other' && offered.otherDialCount > current.sequence && !offered.otherKnowsCurrent;
  return otherGaveUp ? accept('given-up') : { verdict: 'reject-duplicate', row: 'crossing-own' };
}

function accept(row: VerdictRow): Decision {
  return { verdict: 'accept', row };
}

/**
 * Whether *other* obeys an `accept`: verdicts travel on different links and may overtake one another, so one that was made before the
 * last obeyed one counts no more; nor does one of an incarnation of the decider that is over, as long as another link lives.
 */
export function shouldObey(
  accepted: { readonly incarnation: Incarnation; readonly decision: number },
  last: { readonly incarnation: Incarnation; readonly decision: number } | undefined,
  outlived: ReadonlySet<Incarnation>,
  hasCurrent: boolean,
): boolean {
  if (hasCurrent && outlived.has(accepted.incarnation)) return false;
  return last === undefined || last.incarnation !== accepted.incarnation || accepted.decision > last.decision;
}

/** Whether two ranges of versions have one in common, and if not, which side is behind. */
export function compareVersions(ours: Hello['versions'], theirs: Hello['versions']): 'common' | 'we-are-older' | 'they-are-older' {
  if (ours.max < theirs.min) return 'we-are-older';
  return theirs.max < ours.min ? 'they-are-older' : 'common';
}

/** The incarnations of a device that are over, the newest few of them: names are random, so only remembering tells old from new. */
export class OutlivedIncarnations {
  static readonly keptMax = 16;
  static readonly dialsOfTwin = 3;
  /** By incarnation: since when it is over (awake ms). */
  readonly #since = new Map<Incarnation, number>();
  /** Dials of incarnations that are over, counted by rising numbers. */
  readonly #dials = new Map<Incarnation, { readonly sequence: number; readonly count: number }>();
  #latest: Incarnation | undefined;

  get all(): ReadonlySet<Incarnation> {
    return new Set(this.#since.keys());
  }

  /** A link of `incarnation` was accepted: the one before it is over. One that comes back is over no more. */
  accepted(incarnation: Incarnation, nowMs: number): void {
    if (this.#latest !== undefined && this.#latest !== incarnation) this.#since.set(this.#latest, nowMs);
    this.#since.delete(incarnation);
    this.#dials.delete(incarnation);
    this.#latest = incarnation;
    for (const oldest of this.#since.keys()) {
      if (this.#since.size <= OutlivedIncarnations.keptMax) break;
      this.#since.delete(oldest);
      this.#dials.delete(oldest);
    }
  }

  /**
   * Whether a hello of `incarnation` shows that it still runs although another followed it: it answered a dial that we began when it was
   * over already, or it dialled again and again. A dead run may leave a link or two on their way, not a growing row of them.
   */
  showsTwin(incarnation: Incarnation, hello: { readonly ourDialBeganAtMs: number | undefined; readonly sequence: number }): boolean {
    const overSinceMs = this.#since.get(incarnation);
    if (overSinceMs === undefined) return false;
    if (hello.ourDialBeganAtMs !== undefined) return hello.ourDialBeganAtMs > overSinceMs;
    const seen = this.#dials.get(incarnation) ?? { sequence: -1, count: 0 };
    if (hello.sequence <= seen.sequence) return false;
    this.#dials.set(incarnation, { sequence: hello.sequence, count: seen.count + 1 });
    return seen.count + 1 >= OutlivedIncarnations.dialsOfTwin;
  }
}
