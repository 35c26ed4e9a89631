export * from './types.ts';
export { openFolderJournal } from './open.ts';
export type { OpenFolderJournalOptions } from './open.ts';
export { createFolder, founderOf, grantClaims, revocationClaim, signStatements } from './roster-statements.ts';
export type { CreateFolderOptions } from './roster-statements.ts';
export { dropFolder, readRoster } from './whole-folder.ts';
