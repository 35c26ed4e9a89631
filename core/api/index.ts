export * from './status.ts';
export * from './errors.ts';
export * from './settings.ts';
export * from './events.ts';
export * from './verbs.ts';
export * from './service.ts';
export * from './schedule.ts';
export * from './window-bridge.ts';
