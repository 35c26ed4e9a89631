import { ChevronRight, Laptop, Link2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { type DeviceStatus, formatRate } from '../../core/api/index.ts';
import { Button } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Empty, Group, Row } from '../parts/group.tsx';
import { Page } from '../parts/page.tsx';
import { Said } from '../parts/said.tsx';
import { useStatus } from '../state/agent-context.tsx';
import { useNow } from '../state/now.ts';
import { goTo, hashOf } from '../state/route.ts';
import { deviceSaying, rttText, shortId } from '../../core/api/words/device-words.ts';
import { totalsText } from '../../core/api/words/folder-words.ts';
import { Lanes } from './lanes.tsx';
import { PairDialog } from './pair-dialog.tsx';

export function DevicesView({ isPairing = false }: { readonly isPairing?: boolean }): ReactNode {
  const { device, devices } = useStatus();
  const [isOpen, setOpen] = useState(false);
  const close = (): void => {
    setOpen(false);
    if (isPairing) goTo('devices');
  };
  const pair = (
    <Button kind="primary" icon={Link2} onPress={() => setOpen(true)}>
      Pair a device
    </Button>
  );
  return (
    <Page title="Devices" actions={pair}>
      <Group title="This device">
        <Row
          icon={Laptop}
          title={device.name}
          note={<span title={device.id}>Id ends in {shortId(device.id)}</span>}
          end={<CopyButton text={device.id} label="Copy the id" isIcon />}
        />
      </Group>
      <Group title="Other devices">
        {devices.length === 0 ? (
          <Empty icon={Link2} title="No other devices yet">
            <p>Two devices are paired once, by an invite, and trust each other’s keys from then on. There is no account.</p>
          </Empty>
        ) : (
          devices.map((each) => <DeviceRow key={each.id} device={each} />)
        )}
      </Group>
      <Lanes />
      {(isOpen || isPairing) && <PairDialog onClose={close} />}
    </Page>
  );
}

function DeviceRow({ device }: { readonly device: DeviceStatus }): ReactNode {
  const now = useNow();
  const figures = figuresText(device);
  return (
    <Row
      icon={Laptop}
      href={hashOf('devices', device.id)}
      title={device.name}
      note={
        <div>
          <Said saying={deviceSaying(device, now)} />
          {figures !== '' && <div className="small">{figures}</div>}
        </div>
      }
      end={<ChevronRight className="chevron" size={18} aria-hidden />}
    />
  );
}

function figuresText({ rttMs, rateIn, rateOut, needs, state }: DeviceStatus): string {
  const rtt = state === 'live' || state === 'recovering' ? rttText(rttMs) : undefined;
  return [
    ...(rateIn > 0 ? [`${formatRate(rateIn)} in`] : []),
    ...(rateOut > 0 ? [`${formatRate(rateOut)} out`] : []),
    ...(rtt === undefined ? [] : [rtt]),
    ...(needs.files > 0 ? [`needs ${totalsText(needs)}`] : []),
  ].join(' · ');
}
