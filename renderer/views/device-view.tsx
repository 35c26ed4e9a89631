import { Laptop, Pause, Play, Plus, Trash2, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { type DeviceStatus, formatRate } from '../../core/api/index.ts';
import { Button, IconButton } from '../parts/button.tsx';
import { AskDialog } from '../parts/dialog-box.tsx';
import { TextLine } from '../parts/fields.tsx';
import { Empty, Facts, Group, Row } from '../parts/group.tsx';
import { Page } from '../parts/page.tsx';
import { Said } from '../parts/said.tsx';
import { useAction, useStatus } from '../state/agent-context.tsx';
import { useNow } from '../state/now.ts';
import { goTo, hashOf } from '../state/route.ts';
import { deviceSaying, rttText, shortId } from '../../core/api/words/device-words.ts';
import { roleText, totalsText } from '../../core/api/words/folder-words.ts';
import { Lanes } from './lanes.tsx';

const back = { text: 'Devices', href: hashOf('devices') };
const nameCharsMax = 64;

/** One other device: how it is reached, what it has, what it is called here. */
export function DeviceView({ id }: { readonly id: string }): ReactNode {
  const device = useStatus().devices.find((each) => each.id === id);
  const [isRemoving, setRemoving] = useState(false);
  const pause = useAction('device.pause');
  if (device === undefined)
    return (
      <Page title="Device" back={back}>
        <Group>
          <Empty icon={Laptop} title="This device is not known here">
            <p>It may have been removed.</p>
          </Empty>
        </Group>
      </Page>
    );
  const isPaused = device.state === 'paused';
  const actions = (
    <Button icon={isPaused ? Play : Pause} onPress={() => void pause.run({ device: id, paused: !isPaused })} isDisabled={pause.isBusy}>
      {isPaused ? 'Resume' : 'Pause'}
    </Button>
  );
  return (
    <Page title={device.name} back={back} actions={actions}>
      <DeviceState device={device} />
      <Lanes only={id} />
      <SharedFolders device={device} />
      <Rename device={device} />
      <Addresses device={device} />
      <Group
        title="Remove"
        foot="A removed device gets nothing more from here, and leaves the folders that you own. Files stay everywhere."
      >
        <Row
          title="End the pairing with this device"
          wraps
          end={
            <Button kind="danger" icon={Trash2} onPress={() => setRemoving(true)}>
              Remove…
            </Button>
          }
        />
      </Group>
      {isRemoving && <RemoveDialog device={device} onClose={() => setRemoving(false)} />}
    </Page>
  );
}

function DeviceState({ device }: { readonly device: DeviceStatus }): ReactNode {
  const { devices } = useStatus();
  const now = useNow();
  const introducer = devices.find(({ id }) => id === device.introducedBy);
  return (
    <Group>
      <div className="row">
        <div className="row-text">
          <Said saying={deviceSaying(device, now)} />
        </div>
      </div>
      <div className="group-line row-line" />
      <Facts
        facts={[
          ['Receiving', formatRate(device.rateIn)],
          ['Sending', formatRate(device.rateOut)],
          ['Round trip', rttText(device.rttMs) ?? 'Not measured'],
          ['Still needs', device.needs.files === 0 ? 'Nothing' : totalsText(device.needs)],
          ['Address', device.address ?? 'Not connected'],
          ['Known', introducer === undefined ? 'Paired here' : `Introduced by ${introducer.name}`],
          [
            'Id ends in',
            <span key="id" title={device.id}>
              {shortId(device.id)}
            </span>,
          ],
        ]}
      />
    </Group>
  );
}

function SharedFolders({ device }: { readonly device: DeviceStatus }): ReactNode {
  const { folders } = useStatus();
  const shared = folders.flatMap((folder) =>
    folder.devices.filter((member) => member.device === device.id).map((member) => ({ folder, member })),
  );
  if (shared.length === 0) return null;
  return (
    <Group title="Folders in common">
      {shared.map(({ folder, member }) => (
        <Row
          key={folder.id}
          title={folder.name}
          href={hashOf('folders', folder.id)}
          end={<span className="soft small">{member.joined ? roleText(member.role) : 'Not accepted yet'}</span>}
        />
      ))}
    </Group>
  );
}

function Rename({ device }: { readonly device: DeviceStatus }): ReactNode {
  const rename = useAction('device.rename');
  const [name, setName] = useState(device.name);
  const isChanged = name.trim() !== device.name;
  return (
    <Group title="Name">
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          void rename.run({ device: device.id, name });
        }}
      >
        <div className="row-text">
          <TextLine
            label="What this device is called here"
            value={name}
            onChange={setName}
            maxLength={nameCharsMax}
            error={rename.error?.text}
            end={
              <Button isSubmit isDisabled={!isChanged || rename.isBusy}>
                Rename
              </Button>
            }
          />
        </div>
      </form>
    </Group>
  );
}

/** Fixed addresses, for networks in which devices do not find each other. */
function Addresses({ device }: { readonly device: DeviceStatus }): ReactNode {
  const change = useAction('device.address');
  const [address, setAddress] = useState('');
  const add = async (): Promise<void> => {
    if ((await change.run({ device: device.id, action: 'add', address: address.trim() })) !== undefined) setAddress('');
  };
  return (
    <Group title="Fixed addresses" foot="For a VPN or another network, where the two devices do not find each other.">
      {device.addresses.map((each) => (
        <Row
          key={each}
          title={<span className="mono breakable">{each}</span>}
          end={
            <IconButton
              label={`Remove ${each}`}
              icon={X}
              onPress={() => void change.run({ device: device.id, action: 'remove', address: each })}
            />
          }
        />
      ))}
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <div className="row-text">
          <TextLine
            label="Another address"
            value={address}
            onChange={setAddress}
            placeholder="/ip4/192.0.2.7/tcp/4001"
            error={change.error?.text}
            end={
              <Button icon={Plus} isSubmit isDisabled={address.trim() === '' || change.isBusy}>
                Add
              </Button>
            }
          />
        </div>
      </form>
    </Group>
  );
}

interface RemoveDialogProps {
  readonly device: DeviceStatus;
  readonly onClose: () => void;
}

function RemoveDialog({ device, onClose }: RemoveDialogProps): ReactNode {
  const remove = useAction('device.remove');
  const run = async (): Promise<void> => {
    if ((await remove.run({ device: device.id })) === undefined) return;
    onClose();
    goTo('devices');
  };
  return (
    <AskDialog
      title={`Remove ${device.name}?`}
      yes="Remove"
      isBusy={remove.isBusy}
      error={remove.error}
      onYes={() => void run()}
      onClose={onClose}
    >
      <p>It leaves the folders that you own and gets no more changes from here. To sync with it again it has to be paired again.</p>
      <p>Files that it has stay there, and yours stay here.</p>
    </AskDialog>
  );
}
