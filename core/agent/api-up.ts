import { SECOND_MS, ok } from '../base/index.ts';
import { delay } from '../ports/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { VerbTable } from './api-table.ts';
import { chosenFolders } from './find-folder.ts';
import type { FolderRuntime } from './folder-runtime.ts';
import { folderFacts, sayAgo } from './status.ts';
import { folderVerdict } from './folder-state.ts';

const lookMs = 100;

/** How long a folder may wait for devices that cannot be reached before that is the answer, where no time was given. Links need some of it after a start. */
const patienceMs = 10 * SECOND_MS;

/**
 * `up`: scan, catch up with every reachable device, answer when even, or when the time is over with the reasons. Where no time was given it
 * waits for whoever is there, but not for those who are away.
 */
export function upVerb(core: AgentCore): Pick<VerbTable, 'up'> {
  return {
    up: async ({ folder, delivered, timeoutSeconds }, signal) => {
      const chosen = chosenFolders(core, folder);
      if (!chosen.ok) return chosen;
      const timeUp = new AbortController();
      const timer = timeoutSeconds === undefined ? undefined : core.ports.clock.setTimer(timeoutSeconds * SECOND_MS, () => timeUp.abort());
      const over = AbortSignal.any([signal, timeUp.signal]);
      const folders = await Promise.all(
        chosen.value.map((each) => bringUp(core, each, { delivered, waitsForAway: timeoutSeconds !== undefined }, over)),
      );
      timer?.cancel();
      return ok({ even: folders.every((each) => each.even), folders });
    },
  };
}

interface UpOutcome {
  readonly folder: string;
  readonly name: string;
  readonly even: boolean;
  readonly why: string[];
}

interface UpWish {
  readonly delivered: boolean;
  /** Devices that cannot be reached are waited for, too. */
  readonly waitsForAway: boolean;
}

async function bringUp(core: AgentCore, folder: FolderRuntime, wish: UpWish, over: AbortSignal): Promise<UpOutcome> {
  const { clock } = core.ports;
  const base = { folder: folder.id as string, name: folder.name() };
  if (!folder.paused) await folder.engine.scanNow(over);
  let waitingSinceMs: number | undefined;
  for (;;) {
    const { why, isForAway } = await whatIsMissing(core, folder, wish.delivered);
    if (why.length === 0) return { ...base, even: true, why };
    // Nothing that waiting could change: say so at once.
    if (folder.paused || folder.engine.state().stop !== undefined || over.aborted) return { ...base, even: false, why };
    waitingSinceMs = isForAway ? (waitingSinceMs ?? clock.monoNow()) : undefined;
    const isTooLong = waitingSinceMs !== undefined && clock.monoNow() - waitingSinceMs >= patienceMs;
    if (isTooLong && !wish.waitsForAway) return { ...base, even: false, why };
    await delay(clock, lookMs, over);
  }
}

interface Missing {
  readonly why: string[];
  /** Only a device that cannot be reached now could change it. */
  readonly isForAway: boolean;
}

async function whatIsMissing(core: AgentCore, folder: FolderRuntime, delivered: boolean): Promise<Missing> {
  const facts = folderFacts(core, folder);
  const verdict = folderVerdict(facts, sayAgo(core));
  if (!verdict.upToDate) return { why: [...verdict.why], isForAway: verdict.state === 'alone' || verdict.state === 'waiting' };
  if (!delivered) return { why: [], isForAway: false };
  const others = facts.members.filter((member) => member.joined).map((member) => member.device);
  const { files } = await folder.journal.onlyHere(others);
  return { why: files === 0 ? [] : [`${files} ${files === 1 ? 'file is' : 'files are'} on no other device yet.`], isForAway: false };
}
