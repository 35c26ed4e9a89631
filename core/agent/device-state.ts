import type { DeviceStatus } from '../api/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { DeviceRecord } from './device-book.ts';

/** A device's state as status shows it: its link's state, with recovery on top (chapter 12). */
export function deviceStateOf(core: AgentCore, record: DeviceRecord): DeviceStatus['state'] {
  const link = core.supervisor.linkState(record.id);
  switch (link?.kind) {
    case undefined:
      return record.paused ? 'paused' : 'offline';
    case 'live':
      if (link.suspect) return 'suspect';
      return recoveryPhaseOf(core, record) === null ? 'live' : 'recovering';
    case 'asleep':
    case 'dialling':
    case 'offline':
    case 'paused':
      return link.kind;
  }
}

/** The earliest phase that any common folder is in with this device; null when all are even. */
export function recoveryPhaseOf(core: AgentCore, record: DeviceRecord): DeviceStatus['phase'] {
  const phases = [...core.folders.values()].map((folder) => folder.phaseWith(record.id));
  for (const phase of ['references', 'metadata', 'data'] as const) if (phases.includes(phase)) return phase;
  return null;
}
