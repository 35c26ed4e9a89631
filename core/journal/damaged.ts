import { StoreFailure } from '../ports/index.ts';

/** What to throw where a row of our own store cannot be read. */
export function damaged(text: string): StoreFailure {
  return new StoreFailure({ kind: 'corrupt', text });
}
