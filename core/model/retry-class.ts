/**
 * What repeating a request does (RPC-1): `read` has no effect; `idempotent` ends in the same state; `semi` may fail the
 * second time but never harms; `stream` has a body that is sent once; `mutate` would change the result.
 */
export type RetryClass = 'read' | 'idempotent' | 'semi' | 'stream' | 'mutate';
