export * from './exchange-types.ts';
export * from './folder-exchange.ts';
export * from './folder-router.ts';
export * from './token-bucket.ts';
export * from './download-throttle.ts';
