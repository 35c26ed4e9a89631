export * from './decide.ts';
export * from './conflict-name.ts';
export * from './ignore-rules.ts';
export * from './names.ts';
