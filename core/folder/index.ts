export * from './types.ts';
export { createFolderEngine, defaultFolderSettings } from './engine.ts';
export type { FolderEngineOptions } from './engine.ts';
export type { ChooseCutClass, FolderSettings } from './context.ts';
export { prepareRoot, removeMarker, markerPath } from './marker.ts';
export type { RootRefusal } from './marker.ts';
