export * from './types.ts';
export { openFolderJournal } from './folder-journal.ts';
export type { OpenFolderJournalOptions } from './folder-journal.ts';
export { createFolder, founderOf, grantClaims, revocationClaim, signStatements } from './roster-statements.ts';
export type { CreateFolderOptions } from './roster-statements.ts';
export { dropFolder, readRoster } from './whole-folder.ts';
