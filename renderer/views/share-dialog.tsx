import { type ReactNode, useState } from 'react';
import type { FolderStatus } from '../../core/api/index.ts';
import { Button } from '../parts/button.tsx';
import { DialogBox } from '../parts/dialog-box.tsx';
import { Choice } from '../parts/fields.tsx';
import { Failure } from '../parts/said.tsx';
import { useAction, useStatus } from '../state/agent-context.tsx';
import { goTo } from '../state/route.ts';

type Role = FolderStatus['role'];

const roles: readonly (readonly [Role, string])[] = [
  ['writer', 'Can change files'],
  ['reader', 'Can only read'],
  ['owner', 'Owner: can also share it with others'],
];

interface ShareDialogProps {
  readonly folder: FolderStatus;
  readonly onClose: () => void;
}

/** Lets a device into a folder, or gives it another role. */
export function ShareDialog({ folder, onClose }: ShareDialogProps): ReactNode {
  const { devices } = useStatus();
  const share = useAction('folder.share');
  const members = new Map(folder.devices.map(({ device, role }) => [device, role]));
  const first = devices.find(({ id }) => !members.has(id)) ?? devices[0];
  const [device, setDevice] = useState(first?.id ?? '');
  const [role, setRole] = useState<Role>('writer');
  if (first === undefined)
    return (
      <DialogBox title={`Share “${folder.name}”`} onClose={onClose}>
        <p className="soft">There is no other device yet. Pair one first; then it can be chosen here.</p>
        <div className="dialog-foot">
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" onPress={() => goTo('pair')}>
            Pair a device…
          </Button>
        </div>
      </DialogBox>
    );
  const run = async (): Promise<void> => {
    if ((await share.run({ folder: folder.id, device, role })) !== undefined) onClose();
  };
  return (
    <DialogBox title={`Share “${folder.name}”`} onClose={onClose}>
      <Choice
        label="With"
        value={device}
        onChange={setDevice}
        choices={devices.map(({ id, name }) => [id, members.has(id) ? `${name} (has it already)` : name] as const)}
      />
      <Choice label="That device" value={role} onChange={setRole} choices={roles} />
      <Failure error={share.error} />
      <div className="dialog-foot">
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="primary" onPress={() => void run()} isDisabled={share.isBusy}>
          Share
        </Button>
      </div>
    </DialogBox>
  );
}
