import { expect, test } from 'vitest';
import { hashOf, routeFromHash } from './route.ts';

test('a route and its hash name each other; anything else is the list of folders', () => {
  expect(routeFromHash(hashOf('folders'))).toEqual({ view: 'folders', id: undefined });
  expect(routeFromHash(hashOf('devices', 'a b/c'))).toEqual({ view: 'devices', id: 'a b/c' });
  expect(routeFromHash('')).toEqual({ view: 'folders', id: undefined });
  expect(routeFromHash('#/nowhere/x')).toEqual({ view: 'folders', id: undefined });
});
