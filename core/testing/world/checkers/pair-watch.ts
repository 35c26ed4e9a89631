import { deviceStateOf } from '../../../agent/device-state.ts';
import type { FolderWorld } from '../folder-world.ts';
import type { Laptop } from '../laptop.ts';
import { folderOf } from '../running-agent.ts';
import { claimOf } from './honest-status.ts';

/**
 * A silent device is probed after 15 s and suspect 1.5 s later (SES-5); ms of the watching device's awake time after which it may not be
 * shown as live any more.
 */
const deafMsMax = 25_000;
/** Two devices that can hear each other are linked and even after this long, ms: the longest pause between two dials (SES-4), a dial, an exchange. */
const unevenMsMax = 85_000;

/** What is true of one laptop as seen from another one. */
interface Pair {
  /** How long the watching laptop was awake while nothing of the other one could reach it, ms. */
  deafMs: number;
  /** Since when both run, know each other as members and hear each other at full speed; undefined while they do not. */
  wellSinceMs: number | undefined;
}

/** The end of one journal, and since when it has been there. */
interface End {
  readonly journal: string;
  readonly end: number;
  readonly atMs: number;
}

/**
 * STA-1, STA-2 against the truth of the whole world, which no device knows: who is shown as live has been heard, and who claims to be up
 * to date has what every device that it can hear announced a while ago. Looks again and again and remembers.
 */
export class PairWatch {
  readonly #world: FolderWorld;
  readonly #pairs = new Map<string, Pair>();
  readonly #ends = new Map<Laptop, End[]>();
  #lookedMs = 0;
  #wereUp: ReadonlySet<Laptop> = new Set();
  /** How long each machine had slept in all at the last look, ms. */
  #sleptMs: ReadonlyMap<Laptop, number> = new Map();

  constructor(world: FolderWorld) {
    this.#world = world;
  }

  /** What is untrue now. */
  check(): readonly string[] {
    const { laptops, sim } = this.#world;
    const nowMs = sim.scheduler.nowMs;
    const up = new Set(laptops.filter(isUp));
    const lies: string[] = [];
    for (const laptop of laptops) this.#noteEnd(laptop, nowMs);
    for (const watcher of up) {
      for (const other of laptops) {
        if (other === watcher) continue;
        const pair = this.#look(watcher, other, up, nowMs);
        lies.push(...shownLive(watcher, other, pair), ...this.#claimedEven(watcher, other, pair, nowMs));
      }
    }
    this.#lookedMs = nowMs;
    this.#wereUp = up;
    this.#sleptMs = new Map(laptops.map((laptop) => [laptop, laptop.host.time.sleptMs()]));
    return lies;
  }

  #look(watcher: Laptop, other: Laptop, up: ReadonlySet<Laptop>, nowMs: number): Pair {
    const key = `${watcher.name}<${other.name}`;
    let pair = this.#pairs.get(key);
    if (!pair) this.#pairs.set(key, (pair = { deafMs: 0, wellSinceMs: undefined }));
    const isHeard = up.has(other) && this.#passes(other, watcher);
    const isOpen = this.#world.sim.net.path(other.name, watcher.name).blocks.size === 0;
    if (isHeard || (isOpen && this.#wokeMeanwhile(other, nowMs))) pair.deafMs = 0;
    else if (this.#wereUp.has(watcher)) pair.deafMs += nowMs - this.#lookedMs;
    const isWell =
      isHeard && this.#passes(watcher, other) && this.#isFast(watcher, other) && admits(watcher, other) && admits(other, watcher);
    pair.wellSinceMs = isWell && this.#wereUp.has(watcher) && this.#wereUp.has(other) ? (pair.wellSinceMs ?? nowMs) : undefined;
    return pair;
  }

  /** It sleeps now, but has not slept all the time since the last look. */
  #wokeMeanwhile(laptop: Laptop, nowMs: number): boolean {
    const { state, time } = laptop.host;
    return state === 'asleep' && time.sleptMs() - (this.#sleptMs.get(laptop) ?? 0) < nowMs - this.#lookedMs;
  }

  #passes(from: Laptop, to: Laptop): boolean {
    return this.#world.sim.net.passes(from.host.nic.endpoint(), to.host.nic.endpoint());
  }

  #isFast(a: Laptop, b: Laptop): boolean {
    const { net } = this.#world.sim;
    return net.path(a.name, b.name).quality === net.lan && net.path(b.name, a.name).quality === net.lan;
  }

  #noteEnd(laptop: Laptop, nowMs: number): void {
    const journal = folderOf(laptop.running)?.journal;
    if (!journal) return;
    const mark = journal.have().get(journal.own);
    // What was announced before a new generation may have been taken back (JRN-5): nobody owes it any more.
    const ends = (this.#ends.get(laptop) ?? []).filter((end) => end.journal === journal.own);
    if (mark && ends.at(-1)?.end !== mark.end) ends.push({ journal: journal.own, end: mark.end, atMs: nowMs });
    // All that is older than the newest one of long ago says nothing more.
    while ((ends[1]?.atMs ?? Infinity) <= nowMs - unevenMsMax) ends.shift();
    this.#ends.set(laptop, ends);
  }

  #claimedEven(watcher: Laptop, other: Laptop, { wellSinceMs }: Pair, nowMs: number): readonly string[] {
    if (wellSinceMs === undefined || nowMs - wellSinceMs < unevenMsMax || !claimOf(watcher)?.upToDate) return [];
    const known = folderOf(watcher.running)?.journal.have();
    const [old] = this.#ends.get(other) ?? [];
    if (!old || old.atMs > nowMs - unevenMsMax) return [];
    const end = [...(known ?? [])].find(([journal]) => journal === old.journal)?.[1].end ?? 0;
    return end >= old.end
      ? []
      : [`${watcher.name} claims to be up to date with entries of ${other.name} to ${end} only; ${old.end} are there since ${old.atMs}`];
  }
}

/** A newcomer is a stranger to whoever has not heard of it yet. */
function admits(laptop: Laptop, other: Laptop): boolean {
  const device = other.running?.agent.device;
  return device !== undefined && folderOf(laptop.running)?.hasMember(device) === true;
}

function isUp({ running, host }: Laptop): boolean {
  return running !== undefined && host.state === 'running' && !host.isStalled;
}

function shownLive(watcher: Laptop, other: Laptop, { deafMs }: Pair): readonly string[] {
  const core = watcher.running?.core;
  const id = other.running?.agent.device;
  const record = id && core?.devices.get(id);
  if (!core || !record || deafMs <= deafMsMax || deviceStateOf(core, record) !== 'live') return [];
  return [`${watcher.name} shows ${other.name} as live and has not heard of it for ${Math.round(deafMs)} ms`];
}
