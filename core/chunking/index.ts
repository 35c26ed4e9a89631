export * from './chunker.ts';
export * from './cut-class.ts';
