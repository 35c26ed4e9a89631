import { expect } from 'vitest';
import type { Result } from '../../base/index.ts';

/**
 * How a contract suite waits. On a real adapter `pause` is a plain timer; on a simulated one it is virtual time, so the suites
 * themselves never touch the clock of the machine.
 */
export interface Patience {
  /** Resolves after about `ms` of the adapter's time. */
  readonly pause: (ms: number) => Promise<void>;
}

/** Waits until `condition` holds, looking every 10 ms; fails the test with `what` after `withinMs` of the adapter's time. */
export async function until(patience: Patience, condition: () => boolean | Promise<boolean>, what: string, withinMs = 5000): Promise<void> {
  const stepMs = 10;
  for (let waitedMs = 0; !(await condition()); waitedMs += stepMs) {
    if (waitedMs >= withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await patience.pause(stepMs);
  }
}

/** The value of a result that must be ok. */
export function valueOf<T>(result: Result<T, unknown>): T {
  expect(result.ok, `unexpected error ${JSON.stringify(result.ok ? null : result.error)}`).toBe(true);
  if (!result.ok) throw new Error('unreachable');
  return result.value;
}

/** The kind of the error of a result that must not be ok. */
export function errorKind(result: Result<unknown, { readonly kind: string }>): string {
  expect(result.ok, 'expected an error').toBe(false);
  return result.ok ? 'ok' : result.error.kind;
}

/** `length` bytes that look random and are the same for the same `salt`. */
export function patternBytes(length: number, salt = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (salt * 0x9e3779b9) >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    bytes[i] = state & 0xff;
  }
  return bytes;
}
