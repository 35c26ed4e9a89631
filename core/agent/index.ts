export * from './types.ts';
export * from './agent.ts';
