import { present } from '../../base/index.ts';
import type { Result } from '../../base/index.ts';
import type { ApiError, ApiEvent, ApiParsed, ApiReply, ApiVerb } from '../../api/index.ts';
import { converge } from './convergence.ts';
import { FolderWorld } from './folder-world.ts';
import type { Laptop } from './laptop.ts';
import { shareFolder } from './setup.ts';

/** Far above what anything asked here takes, virtual ms. */
const patienceMs = 120_000;

/** Laptops whose agents run, for scenes that are written rather than drawn from a seed. */
export class AgentsWorld {
  readonly world: FolderWorld;
  readonly laptops: readonly Laptop[];

  constructor(seed: string, names: readonly string[]) {
    this.world = new FolderWorld(seed, undefined);
    this.laptops = names.map((name) => this.world.addLaptop({ name }));
  }

  /** Agents that know nothing of each other. */
  async start(): Promise<this> {
    for (const laptop of this.laptops) laptop.start();
    await this.until(() => this.laptops.every(({ running }) => running !== undefined));
    return this;
  }

  /** Agents that share one folder, even everywhere. */
  async startSharing(): Promise<this> {
    await shareFolder(this.world);
    await this.converge();
    return this;
  }

  /** Throws what is missing where the laptops do not become even. */
  async converge(): Promise<void> {
    const missing = await converge(this.world, () => undefined);
    if (missing.length > 0) throw new Error(missing.join('\n'));
  }

  async until(condition: () => boolean, withinMs = patienceMs): Promise<void> {
    const held = await this.world.sim.scheduler.runUntil(condition, withinMs);
    if (!held) throw new Error(`not within ${withinMs} virtual ms: ${String(condition)}`);
  }

  runFor(ms: number): Promise<void> {
    return this.world.sim.scheduler.runFor(ms);
  }

  /** Settles as `task` does while the world runs. */
  drive<T>(task: Promise<T>): Promise<T> {
    return this.world.sim.scheduler.drive(task, patienceMs);
  }

  /** As {@link ask}, while the world runs; throws on an error. */
  async call<V extends ApiVerb>(laptop: Laptop, verb: V, request: ApiParsed<V>): Promise<ApiReply<V>> {
    const reply = await this.drive(ask(laptop, verb, request));
    if (!reply.ok) throw new Error(`${verb} on ${laptop.name}: ${reply.error.text}`);
    return reply.value;
  }

  /** The user of `laptop` writes a file in the folder. */
  write(laptop: Laptop, path: string, text: string): void {
    this.world.userDoes(laptop, ({ user, root }) => {
      user.write(`${root}/${path}`, text);
      return `writes ${path}`;
    });
  }

  /** The user of `laptop` removes a file in the folder. */
  remove(laptop: Laptop, path: string): void {
    this.world.userDoes(laptop, ({ user, root }) => {
      user.remove(`${root}/${path}`);
      return `removes ${path}`;
    });
  }
}

/** A verb of the local API of `laptop`'s agent. */
export function ask<V extends ApiVerb>(laptop: Laptop, verb: V, request: ApiParsed<V>): Promise<Result<ApiReply<V>, ApiError>> {
  return present(laptop.running, `agent of ${laptop.name}`).agent.api.call(verb, request);
}

export function textOf(laptop: Laptop, path: string): string {
  return new TextDecoder().decode(laptop.host.user.read(`${laptop.root}/${path}`));
}

/** Events of `kind` that the present run of `laptop`'s agent remembers. */
export function eventsOf(laptop: Laptop, kind: string): readonly ApiEvent[] {
  return present(laptop.running, `agent of ${laptop.name}`)
    .core.events.events(Infinity)
    .filter((event) => event.kind === kind);
}

/** Does `what` the first time that `laptop`'s agent notes `kind`: after the effect, before anything that follows has left the machine. */
export function atFirst(laptop: Laptop, kind: string, what: () => void): void {
  const stop = present(laptop.running, `agent of ${laptop.name}`).core.events.added.on((event) => {
    if (event.kind !== kind) return;
    stop();
    what();
  });
}

/** How often `laptop` has repeated a call for `verb`, over all its runs. */
export function repeatsOf(laptop: Laptop, verb: string): number {
  return laptop.host.log
    .records()
    .filter(({ level, event, fields }) => level === 'info' && event === 'call-repeated' && fields['verb'] === verb).length;
}
