/** Thrown for bugs only: a broken invariant of our own code. Expected failures are values, never this. */
export class AssertionFailure extends Error {
  override name = 'AssertionFailure';
}

/** Throws {@link AssertionFailure} unless `condition` holds. `message` names the broken invariant. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** Makes a switch exhaustive: compiles only where every case of `value` was handled. */
export function unreachable(value: never, what = 'case'): never {
  throw new AssertionFailure(`unhandled ${what}: ${JSON.stringify(value)}`);
}

/** Narrows away `undefined` and `null` where the surrounding code guarantees a value. */
export function present<T>(value: T | undefined | null, what: string): T {
  assert(value !== undefined && value !== null, `missing ${what}`);
  return value;
}
