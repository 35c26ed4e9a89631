import type { Result } from '../../base/index.ts';
import type { ApiError, ApiParsed, ApiReply, ApiVerb } from '../../api/index.ts';
import type { FolderWorld } from './folder-world.ts';
import type { Laptop } from './laptop.ts';
import { folderOf } from './running-agent.ts';

/** How long a laptop that joins waits between its attempts, and for the answer to one, virtual ms. */
const retryMs = 1_000;
const answerMs = 20_000;
const startMsMax = 30_000;

/** Starts all agents and makes one shared folder of their directories, as people do it through the local API. */
export async function shareFolder(world: FolderWorld): Promise<void> {
  const [first, ...others] = world.laptops;
  if (!first) throw new Error('a world has laptops');
  for (const laptop of world.laptops) laptop.start();
  await waitFor(world, 'all agents to start', () => world.laptops.every((laptop) => laptop.running !== undefined));
  await call(world, first, 'folder.add', { path: first.root, name: 'shared' });
  for (const other of others) await joinNow(world, first, other);
}

/**
 * A laptop that comes later, while faults go on: every step is tried until it holds. Resolves when the laptop keeps the folder, or
 * when `isOver`.
 */
export async function joinLate(world: FolderWorld, owner: Laptop, guest: Laptop, isOver: () => boolean): Promise<void> {
  while (!isOver() && folderOf(guest.running) === undefined) {
    await tryToJoin(world, owner, guest);
    await pause(world, retryMs);
  }
}

async function joinNow(world: FolderWorld, owner: Laptop, guest: Laptop): Promise<void> {
  const { invite } = await call(world, owner, 'invite', {});
  await call(world, guest, 'pair', { invite });
  await call(world, owner, 'folder.share', { folder: 'shared', device: guest.name, role: 'writer' });
  await waitFor(world, `${guest.name} to be offered the folder`, () => (guest.running?.core.folderSetup.offers().length ?? 0) > 0);
  await call(world, guest, 'folder.accept', { folder: 'shared', path: guest.root });
}

/** The next step of joining that is missing. Failures are left to the next attempt. */
async function tryToJoin(world: FolderWorld, owner: Laptop, guest: Laptop): Promise<void> {
  if (!isAwake(owner) || !isAwake(guest)) return;
  const guestId = guest.running?.agent.device;
  const isPaired =
    owner.running?.core.devices.known().some(({ id }) => id === guestId) &&
    guest.running?.core.devices.known().some(({ id }) => id === owner.running?.agent.device);
  if (!isPaired) {
    const invite = await attempt(world, owner, 'invite', {});
    if (invite?.ok && isAwake(guest)) await attempt(world, guest, 'pair', { invite: invite.value.invite });
    return;
  }
  const folder = folderOf(owner.running);
  if (guestId !== undefined && folder && !folder.hasMember(guestId)) {
    await attempt(world, owner, 'folder.share', { folder: 'shared', device: guestId, role: 'writer' });
    return;
  }
  if ((guest.running?.core.folderSetup.offers().length ?? 0) > 0) {
    await attempt(world, guest, 'folder.accept', { folder: 'shared', path: guest.root });
  }
}

function isAwake(laptop: Laptop): boolean {
  return laptop.running !== undefined && laptop.host.state === 'running';
}

/** Undefined where no answer comes in time, as from an agent that died meanwhile. */
async function attempt<V extends ApiVerb>(
  world: FolderWorld,
  laptop: Laptop,
  verb: V,
  request: ApiParsed<V>,
): Promise<Result<ApiReply<V>, ApiError> | undefined> {
  const { running } = laptop;
  if (!running) return undefined;
  const reply = await Promise.race([running.agent.api.call(verb, request), pause(world, answerMs)]);
  world.say(`${laptop.name} ${verb}: ${reply === undefined ? 'no answer' : reply.ok ? 'done' : reply.error.text}`);
  return reply;
}

async function call<V extends ApiVerb>(world: FolderWorld, laptop: Laptop, verb: V, request: ApiParsed<V>): Promise<ApiReply<V>> {
  const { running } = laptop;
  if (!running) throw new Error(`${laptop.name} does not run: ${laptop.startFailure ?? ''}`);
  const reply = await world.sim.scheduler.drive(running.agent.api.call(verb, request), answerMs);
  if (!reply.ok) throw new Error(`${verb} on ${laptop.name}: ${reply.error.text}`);
  world.say(`${laptop.name} ${verb}: done`);
  return reply.value;
}

async function waitFor(world: FolderWorld, what: string, condition: () => boolean): Promise<void> {
  if (!(await world.sim.scheduler.runUntil(condition, startMsMax))) throw new Error(`waited ${startMsMax} virtual ms for ${what}`);
}

function pause(world: FolderWorld, ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    world.sim.scheduler.schedule(ms, 'a person waits', () => resolve(undefined));
  });
}
