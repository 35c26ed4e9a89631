import type { FolderStatus, PauseStatus } from '../api/index.ts';
import { formatBytes } from '../api/index.ts';
import type { Reading } from '../folder/index.ts';
import type { DeviceId, Role } from '../model/index.ts';
import type { FileTotals } from '../journal/index.ts';

/** Another device of the folder's roster, as this agent sees it now. */
export interface MemberFacts {
  readonly device: DeviceId;
  readonly name: string;
  /** It has accepted the folder, and did not pause it; until it has answered since its link came up, it may have. */
  readonly joined: boolean;
  /** Its session is live (or suspect). */
  readonly reachable: boolean;
  /** Neither side lacks journal entries of the other (STA-1). */
  readonly metadataEven: boolean;
  readonly asleepSinceMs: number | undefined;
  readonly lastSeenMs: number | undefined;
  readonly lastEvenMs: number | undefined;
}

/** What the state of a folder follows from. */
export interface FolderFacts {
  readonly paused: boolean;
  /** All folders are. */
  readonly allPaused: PauseStatus | null;
  readonly stopText: string | undefined;
  readonly role: Role | undefined;
  /** A scan of the whole folder finished since the last start or resume. */
  readonly scanned: boolean;
  /** Changed files that were found here and are not recorded yet. */
  readonly reading: Reading;
  readonly diskFull: boolean;
  readonly watchIncomplete: boolean;
  readonly wanted: FileTotals;
  readonly members: readonly MemberFacts[];
  readonly recovery: FolderStatus['recovery'];
  /** Devices that hold what is wanted and cannot be reached, or do not deliver it. */
  readonly waitingFor: readonly DeviceId[];
  /** Something is being fetched, or could be from a device that is reachable. */
  readonly moving: boolean;
  readonly permanentProblems: number;
}

export interface FolderVerdict {
  readonly state: FolderStatus['state'];
  readonly upToDate: boolean;
  readonly why: readonly string[];
}

/** Says in words for `why` how long ago an instant (ms since 1970) was: "2 h ago". */
export type SayTime = (atMs: number) => string;

/**
 * The one place that decides what is claimed about a folder (STA-1). "Up to date" needs all of: a finished scan, no change that was found
 * and is not recorded yet, a reachable roster device, journals even with every reachable one (also with one of which it is not known yet
 * whether it takes part), and nothing wanted; otherwise `why` says what is missing.
 */
export function folderVerdict(facts: FolderFacts, sayTime: SayTime): FolderVerdict {
  const reachable = facts.members.filter((member) => member.reachable && member.joined);
  const uneven = reachable.filter((member) => !member.metadataEven);
  const why: string[] = [];
  if (facts.paused) return { state: 'paused', upToDate: false, why: ['Paused here.'] };
  if (facts.allPaused !== null) return { state: 'paused', upToDate: false, why: [pausedText(facts.allPaused)] };
  if (facts.stopText !== undefined) return { state: 'stopped', upToDate: false, why: [facts.stopText] };
  if (facts.role === undefined)
    return {
      state: 'stopped',
      upToDate: false,
      why: ['This device is no longer in the folder’s roster. The files stay; remove the folder here, or ask an owner to share it again.'],
    };
  if (!facts.scanned) why.push('The scan of the whole folder has not finished since the last start or resume.');
  if (facts.reading.files > 0) why.push(readingText(facts.reading));
  const isCatchingUp = facts.recovery !== null && facts.recovery.phase !== 'data';
  if (uneven.length > 0) why.push(`Catching up with ${names(uneven)}: journals are not even yet.`);
  else if (isCatchingUp) why.push('Catching up: what another device has is not known yet.');
  if (facts.wanted.files > 0) why.push(wantedText(facts));
  if (facts.diskFull) why.push('The disk is nearly full: what needs space waits until some is freed.');
  if (facts.watchIncomplete) why.push('The system’s limit on watched directories is reached: some changes are found by scans only.');
  if (facts.permanentProblems > 0)
    why.push(
      `${facts.permanentProblems} ${facts.permanentProblems === 1 ? 'path has' : 'paths have'} a problem that needs a person (see "dormouse problems").`,
    );
  if (reachable.length === 0) why.push(aloneText(facts, sayTime));

  const state = stateOf(facts, reachable.length, uneven.length > 0 || isCatchingUp);
  return { state, upToDate: state === 'up-to-date', why };
}

function pausedText(pause: PauseStatus): string {
  switch (pause.by) {
    case 'person':
      return 'All syncing is paused here.';
    case 'battery':
      return 'Paused because the battery is low (see the setting pause.batteryBelowPercent).';
    case 'metered':
      return 'Paused because the network is metered (see the setting pause.onMetered).';
  }
}

function stateOf(facts: FolderFacts, reachable: number, isUneven: boolean): FolderStatus['state'] {
  if (!facts.scanned) return 'scanning';
  if (isUneven) return 'recovering';
  if (facts.wanted.files > 0 && (facts.moving || reachable > 0) && !(facts.waitingFor.length > 0 && !facts.moving)) return 'syncing';
  if (facts.reading.files > 0) return 'scanning';
  if (facts.wanted.files > 0) return 'waiting';
  return reachable === 0 ? 'alone' : 'up-to-date';
}

function readingText({ files, bytes }: Reading): string {
  const large = bytes > 0 ? ` (${formatBytes(bytes)})` : '';
  return files === 1 ? `1 changed file${large} is still being read.` : `${files} changed files${large} are still being read.`;
}

function wantedText(facts: FolderFacts): string {
  const amount = `${facts.wanted.files} ${facts.wanted.files === 1 ? 'file is' : 'files are'} still wanted`;
  const waiting = facts.members.filter((member) => facts.waitingFor.includes(member.device));
  return waiting.length > 0 && !facts.moving ? `${amount}; waiting for ${names(waiting)}.` : `${amount}.`;
}

function aloneText(facts: FolderFacts, sayTime: SayTime): string {
  if (facts.members.length === 0) return 'Not shared with any other device yet.';
  const joined = facts.members.filter((member) => member.joined);
  if (joined.length === 0 && facts.members.every((member) => member.lastEvenMs === undefined))
    return `No other device has accepted the folder yet (offered to ${names(facts.members)}).`;
  const last = facts.members
    .filter((member) => member.lastEvenMs !== undefined)
    .sort((a, b) => (b.lastEvenMs ?? 0) - (a.lastEvenMs ?? 0))[0];
  const evenText =
    last?.lastEvenMs === undefined ? 'never even with any of them yet' : `last even with ${last.name} ${sayTime(last.lastEvenMs)}`;
  return `No other device is reachable; ${evenText}.`;
}

function names(members: readonly MemberFacts[]): string {
  return members.map((member) => member.name).join(', ');
}
