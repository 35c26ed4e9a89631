import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MIB, present } from '../../core/base/index.ts';
import { DaemonFailure, waitFor } from '../../main/testing/daemon-process.ts';
import { writeRandomFile } from '../demo/material.ts';
import type { LabHost } from './lab-host.ts';

/** What the scenarios have in common: things that people do, and waits for what must come of it. */

/** A wait fails only for a hang: this machine may be busy, so the figure is compared with its target in the table. */
export const hangMs = 30_000;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A new file that cannot be guessed or compressed. */
export function writeLarge(host: LabHost, path: string, bytes: number): void {
  writeRandomFile(join(host.folder, path), bytes);
}

export function writeText(host: LabHost, path: string, text: string): void {
  writeFileSync(join(host.folder, path), text);
}

/** Waits for a text under its name; gives the instant by the wall clock. */
export async function untilText(host: LabHost, path: string, text: string, timeoutMs: number): Promise<number> {
  const full = join(host.folder, path);
  await waitFor(
    `${host.name} has ${path}`,
    timeoutMs,
    async () => (existsSync(full) && readFileSync(full, 'utf8') === text ? true : undefined),
    10,
  );
  return Date.now();
}

/** Waits for a file of this size under its name. Files are published whole, so that is all of it. */
export async function untilSize(host: LabHost, path: string, bytes: number, timeoutMs: number): Promise<number> {
  const full = join(host.folder, path);
  await waitFor(`${host.name} has all of ${path}`, timeoutMs, async () =>
    statSync(full, { throwIfNoEntry: false })?.size === bytes ? true : undefined,
  );
  return Date.now();
}

/**
 * Waits until `host` knows, later than `sinceMs`, that `other` answers: by a new link, or by an old one that proved itself after a sleep.
 * Gives the instant that it tells.
 */
export async function untilLive(host: LabHost, other: LabHost, sinceMs: number, timeoutMs: number): Promise<number> {
  const live = await host.event(
    `${other.name} is live`,
    sinceMs,
    ({ kind, device, fields }) => device === other.id && (kind === 'session-up' || (kind === 'suspect' && fields?.['suspect'] === false)),
    timeoutMs,
  );
  return live.atMs;
}

/** Waits until all that `host` has is on another device as well. A look at the status could come before the host has seen its own change. */
export async function deliver(host: LabHost, timeoutMs: number): Promise<void> {
  const { even, folders } = await host.call('up', { timeoutSeconds: timeoutMs / 1000, delivered: true }, timeoutMs + 10_000);
  ensure(even, `${host.name} could not pass on what it has: ${folders.flatMap(({ why }) => why).join(' ')}`);
}

/** Waits until `host` notices that it slept; gives the instant that it tells. */
export async function untilResumed(host: LabHost, sinceMs: number): Promise<number> {
  const resumed = await host.event('it woke up', sinceMs, ({ kind }) => kind === 'resumed', hangMs);
  return resumed.atMs;
}

/** Waits until more than `bytes` went into the host's interface; gives the instant by the wall clock. */
export async function untilReceived(host: LabHost, bytes: number, timeoutMs: number): Promise<number> {
  await waitFor(`${host.name} receives data`, timeoutMs, async () => (host.cable.bytes().received > bytes ? true : undefined), 10);
  return Date.now();
}

export function ensure(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new DaemonFailure(otherwise);
}

export const toMib = (bytes: number): number => bytes / MIB;
export const toSeconds = (ms: number): number => ms / 1000;

/** The hosts of a stage, each by itself. */
export function three<T>(items: readonly T[]): readonly [T, T, T] {
  return [present(items[0], 'first'), present(items[1], 'second'), present(items[2], 'third')];
}

export function two<T>(items: readonly T[]): readonly [T, T] {
  return [present(items[0], 'first'), present(items[1], 'second')];
}
