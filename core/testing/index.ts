/** Contract suites for adapters, and the simulated twin of every port. The suites need vitest around them, the twins do not. */
export * from './contracts/index.ts';
export * from './sim/index.ts';
