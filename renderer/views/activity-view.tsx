import { ArrowDownToLine, ArrowUpFromLine, HardDrive, type LucideIcon, Moon } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  type DeviceStatus,
  type FolderStatus,
  type Status,
  formatAgo,
  formatBytes,
  formatDuration,
  formatRate,
  type FinishedTransfer,
} from '../../core/api/index.ts';
import { Empty, Group, Row } from '../parts/group.tsx';
import { Page } from '../parts/page.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { useResource, useStatus } from '../state/agent-context.tsx';
import { useNow } from '../state/now.ts';
import { deviceSaying, sendingText } from '../../core/api/words/device-words.ts';
import { readingText, totalsText } from '../../core/api/words/folder-words.ts';
import { TransferCard } from './transfer-card.tsx';

const transferHeight = 84;
const finishedRowHeight = 62;

/** What moves, what waits for whom, and what is done. */
export function ActivityView(): ReactNode {
  const { transfers, folders, devices } = useStatus();
  const here = [...folders.flatMap((folder) => readingRow(folder) ?? []), ...devices.flatMap((device) => sendingRow(device) ?? [])];
  return (
    <Page title="Activity">
      <Group title="Now">
        {transfers.length + here.length === 0 && <Empty icon={Moon} title="Nothing is moving" />}
        {here}
        {transfers.length > 0 && (
          <VirtualList items={transfers} keyOf={({ folder, path }) => `${folder}/${path}`} rowHeight={transferHeight} label="Now">
            {(transfer) => <TransferCard transfer={transfer} />}
          </VirtualList>
        )}
      </Group>
      <WaitingFor />
      <Finished />
    </Page>
  );
}

function readingRow(folder: FolderStatus): ReactNode | undefined {
  const text = readingText(folder);
  return text === undefined ? undefined : <Row key={folder.id} icon={HardDrive} title={folder.name} note={text} />;
}

function sendingRow(device: DeviceStatus): ReactNode | undefined {
  const note = sendingText(device);
  return note === undefined ? undefined : <Row key={device.id} icon={ArrowUpFromLine} title={`Sending to ${device.name}`} note={note} />;
}

/** Whom the folders wait for; each with what the device does meanwhile. */
function WaitingFor(): ReactNode {
  const { folders, devices } = useStatus();
  const now = useNow();
  const rows = folders.flatMap((folder) => folder.waitingFor.map((waiting) => ({ folder, waiting })));
  if (rows.length === 0) return null;
  return (
    <Group title="Waiting">
      {rows.map(({ folder, waiting }) => {
        const device = devices.find(({ id }) => id === waiting.device);
        return (
          <Row
            key={`${folder.id} ${waiting.device}`}
            title={`${folder.name} waits for ${device?.name ?? 'a device that is not known here'}`}
            note={[
              `Since ${formatAgo(waiting.since, now)}, for ${totalsText(folder.wanted)}.`,
              ...(device === undefined ? [] : [deviceSaying(device, now).text]),
            ].join(' ')}
          />
        );
      })}
    </Group>
  );
}

const kindIcons: Readonly<Record<FinishedTransfer['kind'], LucideIcon>> = {
  fetched: ArrowDownToLine,
  sent: ArrowUpFromLine,
  local: HardDrive,
};

function Finished(): ReactNode {
  const status = useStatus();
  const now = useNow();
  const { data } = useResource('activity', {});
  if (data === undefined || data.finished.length === 0) return null;
  return (
    <Group title="Finished">
      <VirtualList items={data.finished} keyOf={finishedKey} rowHeight={finishedRowHeight} label="Finished transfers">
        {(item) => (
          <Row
            icon={kindIcons[item.kind]}
            title={<span className="breakable">{item.path}</span>}
            note={finishedText(item, status)}
            end={<span className="soft small">{formatAgo(item.at, now)}</span>}
          />
        )}
      </VirtualList>
    </Group>
  );
}

function finishedKey(item: FinishedTransfer): string {
  return `${item.at} ${item.kind} ${item.folder} ${item.path} ${item.sources[0]?.device ?? ''}`;
}

/** `Photos · 12 MiB from nas and ThinkPad in 2 s, 8.0 MiB/s`. */
function finishedText(item: FinishedTransfer, status: Pick<Status, 'devices' | 'folders'>): string {
  const folder = status.folders.find(({ id }) => id === item.folder)?.name;
  const names = item.sources.map(({ device }) => status.devices.find(({ id }) => id === device)?.name ?? 'a device').join(', ');
  const size = formatBytes(item.bytes);
  const pace = item.tookMs >= 1000 ? ` in ${formatDuration(item.tookMs)}, ${formatRate(item.bytes / (item.tookMs / 1000))}` : '';
  const what =
    item.kind === 'local' ? `${size}, was on this device already` : `${size} ${item.kind === 'sent' ? 'to' : 'from'} ${names}${pace}`;
  return folder === undefined ? what : `${folder} · ${what}`;
}
