export * from './types.ts';
export * from './agent.ts';
export { sharedPower } from './shared-power.ts';
