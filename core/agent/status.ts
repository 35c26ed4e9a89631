import { MINUTE_MS, agoText, isoFromWallMs } from '../base/index.ts';
import type { DeviceStatus, FolderStatus, Status, TransferStatus } from '../api/index.ts';
import { statusSchemaVersion } from '../api/index.ts';
import type { ExchangeStatus } from '../exchange/index.ts';
import type { FileTotals } from '../journal/index.ts';
import type { PathProblem, RosterMember } from '../model/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { DeviceRecord } from './device-book.ts';
import { deviceStateOf, recoveryPhaseOf } from './device-state.ts';
import type { FolderRuntime } from './folder-runtime.ts';
import type { FolderFacts, MemberFacts, SayTime } from './folder-state.ts';
import { folderVerdict } from './folder-state.ts';
import { wakeOf } from './lanes.ts';
import { companions } from './peer-verbs.ts';
import { sendingByDevice } from './sending.ts';

/** A file that changes whenever it is read is told of after so long. */
const restlessTellingMs = 15 * MINUTE_MS;

/** The whole status projection (chapter 9): read from the parts each time it is asked for, stored nowhere. */
export async function agentStatus(core: AgentCore): Promise<Status> {
  const folders: FolderStatus[] = [];
  for (const folder of core.folders.values()) folders.push(await folderStatus(core, folder));
  const sending = await sendingByDevice(core.folders.values());
  const devices: DeviceStatus[] = [];
  for (const record of companions(core)) devices.push(await deviceStatus(core, record, sending.get(record.id)));
  return {
    schema: statusSchemaVersion,
    at: isoFromWallMs(core.ports.clock.wallNow()),
    device: {
      id: core.signer.device,
      name: core.settings.values.name,
      incarnation: core.incarnation,
      addresses: [...core.transport.addresses()],
      keyStorage: core.ports.keychain.storage,
      suspended: core.suspended(),
      warnings: [...core.warnings],
    },
    pause: core.pausing.now,
    folders,
    devices,
    transfers: [...core.folders.values()].flatMap(transfersOf),
    offers: core.folderSetup.offers().length,
    incidents: core.events.incidents().length,
  };
}

export async function folderStatus(core: AgentCore, folder: FolderRuntime): Promise<FolderStatus> {
  const exchange = folder.exchange.status();
  const facts = folderFacts(core, folder);
  const verdict = folderVerdict(facts, sayAgo(core));
  const members = othersOf(core, folder);
  return {
    id: folder.id,
    name: folder.name(),
    path: folder.root,
    role: facts.role ?? 'reader',
    state: verdict.state,
    upToDate: verdict.upToDate,
    why: [...verdict.why],
    wanted: facts.wanted,
    total: await folder.journal.totals(),
    waitingFor: exchange.waitingFor.map((waiting) => ({ device: waiting.device, since: isoFromWallMs(waiting.since) })),
    reading: facts.reading,
    unread: folder.engine.state().unread,
    onlyHere: await folder.journal.onlyHere(members.map(({ device }) => device)),
    rate: exchange.rate,
    etaSeconds: exchange.etaSeconds ?? null,
    recovery: facts.recovery,
    conflicts: (await folder.journal.conflicts()).length,
    problems: folder.journal.problems().filter((problem) => isTelling(problem, core.ports.clock.wallNow())).length,
    localChanges: (await folder.engine.localChanges()).length,
    lastEvenAt: Object.fromEntries(
      Object.entries(core.folderBook.get(folder.id)?.lastEvenMs ?? {}).map(([device, atMs]) => [device, isoFromWallMs(atMs)]),
    ),
    devices: members.map((member) => ({
      device: member.device,
      name: core.devices.nameOf(member.device),
      role: member.role,
      joined: folder.hasJoined(member.device),
    })),
  };
}

/** The other devices of the folder's roster. */
export function othersOf(core: AgentCore, folder: FolderRuntime): readonly RosterMember[] {
  return [...folder.journal.roster().members.values()].filter((member) => member.device !== core.signer.device);
}

/** A file that is being written comes to rest by itself: only one that does not is worth a person's attention. */
function isTelling({ kind, sinceMs }: PathProblem, nowMs: number): boolean {
  return kind !== 'changes-while-read' || nowMs - sinceMs >= restlessTellingMs;
}

/** Instants in words for `why`; the exact ones are in fields of their own. */
export function sayAgo(core: AgentCore): SayTime {
  return (atMs) => agoText(atMs, core.ports.clock.wallNow());
}

/** What the folder's state follows from, gathered from journal, engine, exchange and the device book. */
export function folderFacts(core: AgentCore, folder: FolderRuntime): FolderFacts {
  const engine = folder.engine.state();
  const exchange = folder.exchange.status();
  return {
    paused: folder.paused,
    allPaused: core.pausing.now,
    stopText: engine.stop?.text,
    role: folder.role(),
    scanned: engine.scanned,
    reading: engine.reading,
    diskFull: engine.diskFull,
    watchIncomplete: engine.watchIncomplete,
    wanted: folder.journal.wantedTotals(),
    members: memberFacts(core, folder),
    recovery: folderRecovery(core, folder),
    waitingFor: exchange.waitingFor.map((waiting) => waiting.device),
    moving: exchange.moving,
    permanentProblems: folder.journal.problems().filter((problem) => problem.permanent).length,
  };
}

function memberFacts(core: AgentCore, folder: FolderRuntime): readonly MemberFacts[] {
  const record = core.folderBook.get(folder.id);
  return [...folder.journal.roster().members.keys()]
    .filter((device) => device !== core.signer.device)
    .map((device) => {
      const known = core.devices.get(device);
      const peer = folder.peer(device);
      return {
        device,
        name: core.devices.nameOf(device),
        joined: peer?.takesPart ?? folder.hasJoined(device),
        reachable: core.supervisor.session(device) !== undefined,
        metadataEven: peer?.evenMetadata ?? false,
        asleepSinceMs: known?.asleepSinceMs,
        lastSeenMs: known?.lastSeenMs,
        lastEvenMs: record?.lastEvenMs[device],
      };
    });
}

/** The phase that this folder is in with the device that is furthest behind, and how far it is with each. */
function folderRecovery(core: AgentCore, folder: FolderRuntime): FolderStatus['recovery'] {
  const progress = core.recovery.ofFolder(folder.id);
  if (progress === undefined || progress.phase === 'even') return null;
  const devices = core.recovery.withFolder(folder.id).flatMap(({ device, progress: { phase, done, total } }) => {
    return phase === 'even' ? [] : [{ device, phase, done, total }];
  });
  return { phase: progress.phase, done: progress.done, total: progress.total, devices };
}

const nothingSent: DeviceStatus['sending'] = { files: 0, bytes: 0, sent: 0 };

async function deviceStatus(core: AgentCore, record: DeviceRecord, sending: DeviceStatus['sending'] = nothingSent): Promise<DeviceStatus> {
  const session = core.supervisor.session(record.id);
  const link = core.supervisor.linkState(record.id);
  const rates = session?.rates();
  const asleepMs = link?.kind === 'asleep' ? link.sinceMs : undefined;
  const nextTryMs = link?.kind === 'offline' ? link.nextTryAtMs : undefined;
  const lastRecovery = core.recoveryBook.of(record.id).at(-1);
  const needs: FileTotals[] = [];
  for (const folder of core.folders.values())
    if (folder.journal.roster().members.has(record.id)) needs.push(await folder.journal.needsOf(record.id));
  return {
    id: record.id,
    name: core.devices.nameOf(record.id),
    state: deviceStateOf(core, record),
    epoch: session?.epoch ?? null,
    phase: session ? recoveryPhaseOf(core, record) : null,
    address: session?.address ?? null,
    path: session?.path ?? null,
    rttMs: session?.rttMs() ?? null,
    asleepSince: asleepMs === undefined ? null : isoFromWallMs(asleepMs),
    lastSeenAt: record.lastSeenMs === undefined ? null : isoFromWallMs(record.lastSeenMs),
    nextTryAt: nextTryMs === undefined ? null : isoFromWallMs(nextTryMs),
    rateIn: rates?.inBytesPerSecond ?? 0,
    rateOut: rates?.outBytesPerSecond ?? 0,
    needs: needs.reduce((sum, each) => ({ files: sum.files + each.files, bytes: sum.bytes + each.bytes }), { files: 0, bytes: 0 }),
    sending: session ? sending : nothingSent,
    introducedBy: record.standing === 'introduced' ? (core.introducerOf(record.id) ?? null) : null,
    addresses: [...record.fixedAddresses],
    lastRecovery: lastRecovery === undefined ? null : wakeOf(lastRecovery),
  };
}

function transfersOf(folder: FolderRuntime): TransferStatus[] {
  return folder.exchange.status().transfers.map((transfer) => ({
    folder: folder.id,
    path: transfer.path,
    bytes: transfer.bytes,
    done: transfer.done,
    rate: transfer.rate,
    hedges: transfer.hedges,
    sources: transfer.sources.map((source) => ({ device: source.device, blocks: source.blocks, overdue: source.overdue })),
    blocks: blocksOf(transfer),
  }));
}

function blocksOf(transfer: ExchangeStatus['transfers'][number]): TransferStatus['blocks'] {
  const { count, cells } = transfer.blocks();
  return { count, cells: cells.map(({ device, state, share }) => ({ device, state, share })) };
}
