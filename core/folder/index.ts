export * from './types.ts';
export { createFolderEngine } from './engine.ts';
export { defaultFolderSettings } from './engine-options.ts';
export type { FolderEngineOptions } from './engine-options.ts';
export type { ChooseCutClass, FolderSettings } from './context.ts';
export { createFile, readTextFile, replaceFile } from './plain-file.ts';
export { prepareRoot, removeMarker, markerPath } from './marker.ts';
export type { RootRefusal } from './marker.ts';
