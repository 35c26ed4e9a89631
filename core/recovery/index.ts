export * from './recovery-types.ts';
export * from './recovery-tracker.ts';
