import { err } from '../base/index.ts';
import type { ApiService } from '../api/index.ts';
import { apiError } from '../api/index.ts';
import { StoreFailure } from '../ports/index.ts';
import type { AgentCore } from './agent-core.ts';
import { careVerbs } from './api-care.ts';
import { deviceVerbs } from './api-devices.ts';
import { folderVerbs } from './api-folders.ts';
import { miscVerbs } from './api-misc.ts';
import type { VerbTable } from './api-table.ts';
import { upVerb } from './api-up.ts';
import { whohasVerb } from './api-whohas.ts';

/** The local API's verbs on a running agent. A state that cannot be written is an error for the caller, not the end of the agent. */
export function createApiService(core: AgentCore): ApiService {
  const table: VerbTable = {
    ...careVerbs(core),
    ...deviceVerbs(core),
    ...folderVerbs(core),
    ...miscVerbs(core),
    ...upVerb(core),
    ...whohasVerb(core),
  };
  const never = new AbortController().signal;
  return {
    call: async (verb, request, options) => {
      try {
        return await table[verb](request, options?.signal ?? never);
      } catch (error) {
        if (!(error instanceof StoreFailure)) throw error;
        core.events.incident('state-not-written', error.message);
        const isFull = error.error.kind === 'disk-full';
        return err(
          apiError(
            isFull ? 'disk-full' : 'unavailable',
            `Nothing was changed: ${error.message}. ${isFull ? 'Free some space and try again.' : 'Check the disk of the state folder.'}`,
          ),
        );
      }
    },
    onEvent: (listener) => core.events.added.on(listener),
  };
}
