import type { DeviceId, Epoch, Incarnation } from '../model/index.ts';
import type { Channel, Clock, Link, Logger, Random, Transport } from '../ports/index.ts';
import type { AwakeClock } from './awake-clock.ts';
import type { EpochSession } from './peer-session.ts';
import type { ReferenceTable } from './reference-table.ts';
import type { HandlerTable, SupervisorEvent } from './types.ts';

/** What all devices of one agent share. */
export interface SupervisionHost {
  readonly transport: Pick<Transport, 'dial'>;
  readonly clock: Clock;
  readonly awake: AwakeClock;
  readonly random: Random;
  readonly logger: Logger;
  readonly device: DeviceId;
  readonly incarnation: Incarnation;
  readonly handlers: HandlerTable;
  readonly references: ReferenceTable;
  readonly name: () => string;
  /** Why nobody is dialled or let in now: the host sleeps, or the agent stops. */
  readonly halted: () => 'suspended' | 'stopped' | undefined;
  readonly hasNetwork: (addresses: readonly string[]) => boolean;
  readonly nextEpoch: () => Epoch;
  /** Number of links dialled so far; `nextDial` counts one more. */
  readonly dialCount: () => number;
  readonly nextDial: () => number;
  readonly nextDecision: () => number;
  readonly onLive: (session: EpochSession, outbound: boolean) => void;
  readonly emit: (event: SupervisorEvent) => void;
  readonly onBytes: () => void;
  readonly onLate: () => void;
  readonly servePairing?: (link: Link, channel: Channel) => void;
}
