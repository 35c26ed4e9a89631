declare const unit: unique symbol;

/** A value of type `T` that may not be mixed up with another unit. The brand exists at compile time only. */
export type Branded<T, Name extends string> = T & { readonly [unit]: Name };

/** Milliseconds since 1970 by the wall clock. Can jump in both directions; for people and for entries only. */
export type WallMs = Branded<number, 'WallMs'>;

/** Milliseconds by a clock that never goes back. Meaningful only as a difference within one run of the agent. */
export type MonoMs = Branded<number, 'MonoMs'>;

export function wallMs(value: number): WallMs {
  return value as WallMs;
}

export function monoMs(value: number): MonoMs {
  return value as MonoMs;
}

/** The instant `deltaMs` after `at`; keeps the kind of clock. */
export function plusMs<T extends WallMs | MonoMs>(at: T, deltaMs: number): T {
  return (at + deltaMs) as T;
}

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;
export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
