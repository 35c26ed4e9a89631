import { type ReactNode, useState } from 'react';
import type { ApiReply } from '../../core/api/index.ts';
import { Button } from '../parts/button.tsx';
import { DialogBox } from '../parts/dialog-box.tsx';
import { PathLine, TextLine } from '../parts/fields.tsx';
import { Failure } from '../parts/said.tsx';
import { useAction } from '../state/agent-context.tsx';

export type Offer = ApiReply<'folder.offers'>['offers'][number];

export function AddFolderDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  return (
    <DialogBox title="Add a folder" onClose={onClose}>
      <AddFolderForm onDone={onClose} cancel={<Button onPress={onClose}>Cancel</Button>} />
    </DialogBox>
  );
}

interface AddFolderFormProps {
  readonly onDone: (folder: ApiReply<'folder.add'>) => void;
  readonly cancel: ReactNode;
}

/** Asks for a folder of this machine and starts syncing it. */
export function AddFolderForm({ onDone, cancel }: AddFolderFormProps): ReactNode {
  const add = useAction('folder.add');
  const [path, setPath] = useState('');
  const [name, setName] = useState('');
  const submit = async (): Promise<void> => {
    const done = await add.run({ path: path.trim(), ...(name.trim() === '' ? {} : { name: name.trim() }) });
    if (done !== undefined) onDone(done);
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <PathLine
        label="Folder on this device"
        value={path}
        onChange={setPath}
        note="It stays where it is, with everything in it."
        error={add.error?.text}
      />
      <TextLine label="Name" value={name} onChange={setName} placeholder={lastComponent(path)} note="What it is called on all devices." />
      <div className="dialog-foot">
        {cancel}
        <Button kind="primary" isSubmit isDisabled={add.isBusy || path.trim() === ''}>
          Add folder
        </Button>
      </div>
    </form>
  );
}

interface AcceptDialogProps {
  readonly offer: Offer;
  readonly onClose: () => void;
}

export function AcceptDialog({ offer, onClose }: AcceptDialogProps): ReactNode {
  const accept = useAction('folder.accept');
  const [path, setPath] = useState(`~/${offer.name.replace(/[/\\]/g, ' ')}`);
  const submit = async (): Promise<void> => {
    if ((await accept.run({ folder: offer.folder, path: path.trim() })) !== undefined) onClose();
  };
  return (
    <DialogBox title={`Keep “${offer.name}” here`} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p className="soft">
          {offer.fromName} shares this folder. Files that are already at the place that you choose are merged with it; none is lost.
        </p>
        <PathLine label="Where on this device" value={path} onChange={setPath} note="The last folder is made where it is missing." />
        <Failure error={accept.error} />
        <div className="dialog-foot">
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" isSubmit isDisabled={accept.isBusy || path.trim() === ''}>
            Accept
          </Button>
        </div>
      </form>
    </DialogBox>
  );
}

function lastComponent(path: string): string {
  return (
    path
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .at(-1) ?? ''
  );
}
