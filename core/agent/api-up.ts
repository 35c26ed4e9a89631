import { SECOND_MS, ok } from '../base/index.ts';
import { delay } from '../ports/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { VerbTable } from './api-table.ts';
import { chosenFolders } from './find-folder.ts';
import type { FolderRuntime } from './folder-runtime.ts';
import { folderFacts, sayAgo } from './status.ts';
import { folderVerdict } from './folder-state.ts';

const lookMs = 100;

/** `up`: scan, catch up with every reachable device, answer when even, or when the time is over with the reasons. */
export function upVerb(core: AgentCore): Pick<VerbTable, 'up'> {
  return {
    up: async ({ folder, delivered, timeoutSeconds }, signal) => {
      const chosen = chosenFolders(core, folder);
      if (!chosen.ok) return chosen;
      const timeUp = new AbortController();
      const timer = timeoutSeconds === undefined ? undefined : core.ports.clock.setTimer(timeoutSeconds * SECOND_MS, () => timeUp.abort());
      const over = AbortSignal.any([signal, timeUp.signal]);
      const folders = await Promise.all(chosen.value.map((each) => bringUp(core, each, delivered, over)));
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

async function bringUp(core: AgentCore, folder: FolderRuntime, delivered: boolean, over: AbortSignal): Promise<UpOutcome> {
  const base = { folder: folder.id as string, name: folder.name() };
  if (!folder.paused) await folder.engine.scanNow(over);
  for (;;) {
    const why = await whatIsMissing(core, folder, delivered);
    if (why.length === 0) return { ...base, even: true, why };
    // Nothing that waiting could change: say so at once.
    if (folder.paused || folder.engine.state().stop !== undefined || over.aborted) return { ...base, even: false, why };
    await delay(core.ports.clock, lookMs, over);
  }
}

async function whatIsMissing(core: AgentCore, folder: FolderRuntime, delivered: boolean): Promise<string[]> {
  const facts = folderFacts(core, folder);
  const verdict = folderVerdict(facts, sayAgo(core));
  if (!verdict.upToDate) return [...verdict.why];
  if (!delivered) return [];
  const others = facts.members.filter((member) => member.joined).map((member) => member.device);
  const onlyHere = await folder.journal.onlyHere(others);
  return onlyHere.files === 0 ? [] : [`${onlyHere.files} ${onlyHere.files === 1 ? 'file is' : 'files are'} on no other device yet.`];
}
