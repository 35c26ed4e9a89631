export * from './fetch-types.ts';
export * from './fetch-tuning.ts';
export * from './fetch-budget.ts';
export * from './fetch-scheduler.ts';
