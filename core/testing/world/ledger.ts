import { createHash } from 'node:crypto';
import type { WalkedObject } from '../sim/index.ts';

/** A content as a key. */
export type ContentKey = string;

export function contentKey(bytes: Uint8Array): ContentKey {
  return `${bytes.length}:${createHash('sha1').update(bytes).digest('base64')}`;
}

/** Below this name of a folder's root lies what belongs to the product. */
const privateName = '.dormouse';

/** Whether a walked path is the user's. */
export function isUserPath(path: string): boolean {
  return path !== privateName && !path.startsWith(`${privateName}/`);
}

interface Owed {
  readonly device: string;
  readonly path: string;
  /** The one that began to write it; some programs take longer than a step. */
  readonly step: number;
  /** When it was there, ms. */
  readonly atMs: number;
}

/**
 * What every user wrote, and what of it must still be somewhere: a content is owed from the moment it is written until a user
 * removes or overwrites it on a device that shows it. Knows nothing of how the product works. Every written content is unique.
 */
export class Ledger {
  readonly #known = new Set<ContentKey>();
  readonly #owed = new Map<ContentKey, Owed>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get owedCount(): number {
    return this.#owed.size;
  }

  /** A user made `content` appear at `path` on `device`. */
  wrote(content: Uint8Array, device: string, path: string, step: number): void {
    if (content.length === 0) return;
    const key = contentKey(content);
    this.#known.add(key);
    this.#owed.set(key, { device, path, step, atMs: this.#nowMs() });
  }

  /** A user's program leaves `content` under a name for a moment only: nobody minds if it goes. */
  wroteInPassing(content: Uint8Array): void {
    this.#known.add(contentKey(content));
  }

  /** A user overwrote or removed `content`, having seen it. */
  gaveUp(content: Uint8Array): void {
    this.#owed.delete(contentKey(content));
  }

  /** Whether a user wrote this content in step `step` and by the instant `atMs`, or before, and nobody gave it up. */
  isOwedSince(content: ContentKey, step: number, atMs: number): boolean {
    const owed = this.#owed.get(content);
    return owed !== undefined && owed.step <= step && owed.atMs <= atMs;
  }

  /** Whether a user wrote these bytes, as they are, at any time; an empty file is nobody's. */
  isKnown(content: Uint8Array): boolean {
    return content.length === 0 || this.#known.has(contentKey(content));
  }

  /** Owed contents that are in no file of `trees`, one line each. */
  lost(trees: readonly ReadonlyMap<string, Pick<WalkedObject, 'kind' | 'content'>>[]): string[] {
    const found = new Set<ContentKey>();
    for (const tree of trees) for (const object of tree.values()) if (object.kind === 'file') found.add(contentKey(object.content));
    return [...this.#owed]
      .filter(([content]) => !found.has(content))
      .map(([content, owed]) => `"${owed.path}" as ${owed.device} wrote it in step ${owed.step} (${content.split(':')[0]} bytes)`);
  }
}
