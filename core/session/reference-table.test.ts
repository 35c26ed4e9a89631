import { describe, expect, test } from 'vitest';
import type { Epoch } from '../model/index.ts';
import { ReferenceTable } from './reference-table.ts';

describe('reference table', () => {
  test('SES-2 what refers to an epoch is cleared in one order: the live table, sources, calls', () => {
    const table = new ReferenceTable();
    const cleared: string[] = [];
    const epoch = 1 as Epoch;
    table.refer(epoch, 'call', () => cleared.push('call'));
    table.refer(epoch, 'source', () => cleared.push('source 1'));
    table.refer(epoch, 'live', () => cleared.push('live'));
    table.refer(epoch, 'source', () => cleared.push('source 2'));
    table.refer(2 as Epoch, 'source', () => cleared.push('of another epoch'));
    const takeOut = table.refer(epoch, 'source', () => cleared.push('taken out'));
    takeOut();
    expect(table.deadReferences(new Set([2 as Epoch]))).toBe(4);
    expect(table.clear(epoch)).toBe(4);
    expect(cleared).toEqual(['live', 'source 1', 'source 2', 'call']);
    expect(table.clear(epoch)).toBe(0);
    expect(table.deadReferences(new Set([2 as Epoch]))).toBe(0);
  });
});
