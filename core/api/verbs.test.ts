import { describe, expect, test } from 'vitest';
import type { RetryClass } from '../model/index.ts';
import type { ApiVerb } from './verbs.ts';
import { apiVerbs } from './verbs.ts';

/** Said a second time on purpose: a class decides whether a repeat is safe, so it is not changed in passing. */
const classes: Record<ApiVerb, RetryClass> = {
  ...{ status: 'read', devices: 'read', 'folder.list': 'read', 'folder.offers': 'read', whohas: 'read', conflicts: 'read' },
  ...{ problems: 'read', 'trash.list': 'read', 'settings.get': 'read', events: 'read', incidents: 'read', diagnostics: 'read' },
  ...{ incident: 'read', lanes: 'read', activity: 'read', 'folder.rules': 'read' },
  ...{ 'folder.setRules': 'idempotent', pause: 'idempotent', unpause: 'idempotent' },
  ...{ up: 'idempotent', 'device.pause': 'idempotent', 'folder.pause': 'idempotent', 'settings.set': 'idempotent' },
  ...{ suspend: 'idempotent', resume: 'idempotent' },
  ...{ invite: 'mutate', pair: 'mutate', 'device.rename': 'mutate', 'device.remove': 'mutate', 'device.address': 'mutate' },
  ...{ 'folder.add': 'mutate', 'folder.share': 'mutate', 'folder.accept': 'mutate', 'folder.remove': 'mutate', 'folder.revert': 'mutate' },
  ...{ 'conflict.resolve': 'mutate', 'trash.restore': 'mutate' },
};

describe('verbs of the local API', () => {
  test('RPC-1 each has the class that its effect asks for', () => {
    expect(Object.fromEntries(Object.entries(apiVerbs).map(([verb, { retry }]) => [verb, retry]))).toEqual(classes);
  });
});
