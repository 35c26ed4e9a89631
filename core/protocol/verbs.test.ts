import { describe, expect, test } from 'vitest';
import { limits } from '../model/index.ts';
import type { RetryClass } from '../model/index.ts';
import type { PeerVerb } from './verbs.ts';
import { peerVerbs } from './verbs.ts';

/** Said a second time on purpose: a class decides whether a repeat is safe, so it is not changed in passing. */
const classes: Record<PeerVerb, RetryClass> = {
  ...{ probe: 'read', have: 'read', history: 'read', whohas: 'read', sendme: 'read' },
  ...{ sleeping: 'semi', about: 'idempotent', roster: 'idempotent', offer: 'mutate', batches: 'stream' },
};

describe('verbs between devices', () => {
  test('RPC-1 each has the class that its effect asks for, and a deadline', () => {
    expect(Object.fromEntries(Object.entries(peerVerbs).map(([verb, { retry }]) => [verb, retry]))).toEqual(classes);
    for (const { deadlineMs } of Object.values(peerVerbs)) expect(deadlineMs).toBeGreaterThan(0);
    // No repeat may come after the receiver has forgotten its reply.
    expect(peerVerbs.offer.deadlineMs).toBeLessThan(limits.replyCacheAgeMs);
  });

  test('RPC-1 a verb without a class does not compile', () => {
    const { retry: _retry, ...without } = peerVerbs.probe;
    // @ts-expect-error its class is missing
    const verb: { readonly retry: RetryClass } = without;
    expect(verb).not.toHaveProperty('retry');
  });
});
