import { FolderX, FolderOpen, Laptop, Pause, Play, Share2, Trash2, Undo2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { type DeviceStatus, type FolderStatus, formatBytes, formatCount } from '../../core/api/index.ts';
import { Button } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { AskDialog } from '../parts/dialog-box.tsx';
import { Empty, Facts, Group, Row } from '../parts/group.tsx';
import { Page } from '../parts/page.tsx';
import { Failure, Notice, Progress, Said } from '../parts/said.tsx';
import { useAction, useAgent, useStatus } from '../state/agent-context.tsx';
import { useNow } from '../state/now.ts';
import { goTo, hashOf } from '../state/route.ts';
import { deviceSaying } from '../../core/api/words/device-words.ts';
import {
  folderSaying,
  lidSaying,
  progressPart,
  progressText,
  reasonTexts,
  roleText,
  totalsText,
} from '../../core/api/words/folder-words.ts';
import { IgnoreRules } from './ignore-rules.tsx';
import { ShareDialog } from './share-dialog.tsx';

const back = { text: 'Folders', href: hashOf('folders') };

/** One folder: its state with the reasons, who has it, what is left out of it. */
export function FolderView({ id }: { readonly id: string }): ReactNode {
  const folder = useStatus().folders.find((each) => each.id === id);
  const [asking, setAsking] = useState<'share' | 'remove'>();
  if (folder === undefined)
    return (
      <Page title="Folder" back={back}>
        <Group>
          <Empty icon={FolderX} title="This folder is not synced here">
            <p>It may have been removed on this device.</p>
          </Empty>
        </Group>
      </Page>
    );
  const close = (): void => setAsking(undefined);
  return (
    <Page
      title={folder.name}
      back={back}
      note={<p className="soft small breakable">{folder.path}</p>}
      actions={<FolderActions folder={folder} />}
    >
      <FolderState folder={folder} />
      <Members folder={folder} onShare={() => setAsking('share')} />
      <IgnoreRules folder={folder.id} />
      <Group title="Remove" foot="Removing a folder ends syncing it here. Its files stay where they are.">
        <Row
          title="Stop syncing this folder here"
          wraps
          end={
            <Button kind="danger" icon={Trash2} onPress={() => setAsking('remove')}>
              Remove…
            </Button>
          }
        />
      </Group>
      {asking === 'share' && <ShareDialog folder={folder} onClose={close} />}
      {asking === 'remove' && <RemoveDialog folder={folder} onClose={close} />}
    </Page>
  );
}

function FolderActions({ folder }: { readonly folder: FolderStatus }): ReactNode {
  const { desktop } = useAgent().connection;
  const pause = useAction('folder.pause');
  const isPaused = folder.state === 'paused';
  return (
    <>
      {desktop === undefined ? (
        <CopyButton text={folder.path} label="Copy path" />
      ) : (
        <Button icon={FolderOpen} onPress={() => void desktop.ask('open-folder', { folder: folder.id })}>
          Open
        </Button>
      )}
      <Button
        icon={isPaused ? Play : Pause}
        onPress={() => void pause.run({ folder: folder.id, paused: !isPaused })}
        isDisabled={pause.isBusy}
      >
        {isPaused ? 'Resume' : 'Pause'}
      </Button>
    </>
  );
}

function FolderState({ folder }: { readonly folder: FolderStatus }): ReactNode {
  const { devices } = useStatus();
  const now = useNow();
  const lid = lidSaying(folder);
  const part = progressPart(folder);
  const saying = folderSaying(folder, devices, now);
  const reasons = reasonTexts(folder).filter((reason) => !saying.text.includes(reason.replace(/\.$/, '')));
  return (
    <>
      <Group>
        <div className="row">
          <div className="row-text stack-small">
            <div className="row-title">
              <Said saying={saying} />
            </div>
            {part !== undefined && <Progress part={part} label="How much is here" isStill={folder.state === 'waiting'} />}
            {progressText(folder) !== undefined && <div className="row-note">{progressText(folder)}</div>}
            {reasons.length > 0 && (
              <ul className="row-note">
                {reasons.map((reason) => (
                  <li key={reason}>{reason}</li>
                ))}
              </ul>
            )}
          </div>
        </div>
        {lid !== undefined && (
          <div className="row">
            <div className="row-text">
              <Said saying={lid} />
            </div>
          </div>
        )}
        <div className="group-line row-line" />
        <Facts
          facts={[
            ['Files', formatCount(folder.total.files)],
            ['Size', formatBytes(folder.total.bytes)],
            ['Still to fetch', folder.wanted.files === 0 ? 'Nothing' : totalsText(folder.wanted)],
            ['Here', roleText(folder.role)],
          ]}
        />
      </Group>
      {folder.conflicts + folder.problems > 0 && (
        <Notice
          kind="warn"
          end={
            <a className="button" href={hashOf('attention', folder.conflicts > 0 ? 'conflicts' : 'problems')}>
              Look
            </a>
          }
        >
          {attentionText(folder)}
        </Notice>
      )}
      {folder.role === 'reader' && <ReaderChanges folder={folder} />}
    </>
  );
}

function attentionText({ conflicts, problems }: FolderStatus): string {
  const parts = [
    ...(conflicts > 0 ? [`${conflicts} ${conflicts === 1 ? 'file was' : 'files were'} changed in two places`] : []),
    ...(problems > 0 ? [`${problems} ${problems === 1 ? 'path has' : 'paths have'} a problem`] : []),
  ];
  return `${parts.join(', and ')}.`;
}

/** What a reader changed stays local; it can be taken back (ROS-4). */
function ReaderChanges({ folder }: { readonly folder: FolderStatus }): ReactNode {
  const revert = useAction('folder.revert');
  const [reverted, setReverted] = useState<number>();
  const run = async (): Promise<void> => setReverted((await revert.run({ folder: folder.id }))?.reverted);
  return (
    <Group foot="This device may only read the folder: changes made here stay here. What is reverted goes to the trash.">
      <Row
        title="Changes made here"
        note={reverted === undefined ? undefined : `${formatCount(reverted)} reverted`}
        wraps
        end={
          <Button icon={Undo2} onPress={() => void run()} isDisabled={revert.isBusy}>
            Revert all
          </Button>
        }
      />
      <Failure error={revert.error} />
    </Group>
  );
}

function Members({ folder, onShare }: { readonly folder: FolderStatus; readonly onShare: () => void }): ReactNode {
  const { devices } = useStatus();
  const canShare = folder.role === 'owner';
  const share = canShare && (
    <Button kind="quiet" icon={Share2} onPress={onShare}>
      Share…
    </Button>
  );
  return (
    <Group title="On these devices" action={share} {...(canShare ? {} : { foot: 'Only an owner of the folder can share it.' })}>
      {folder.devices.length === 0 ? (
        <Empty icon={Laptop} title="Only on this device">
          <p>{canShare ? 'Share it with another device to have it there too.' : 'No other device has it.'}</p>
        </Empty>
      ) : (
        folder.devices.map((member) => (
          <MemberRow key={member.device} member={member} device={devices.find(({ id }) => id === member.device)} />
        ))
      )}
    </Group>
  );
}

interface MemberRowProps {
  readonly member: FolderStatus['devices'][number];
  readonly device: DeviceStatus | undefined;
}

function MemberRow({ member, device }: MemberRowProps): ReactNode {
  const now = useNow();
  const note = !member.joined ? (
    'Has not accepted it yet'
  ) : device === undefined ? (
    'Not known here'
  ) : (
    <Said saying={deviceSaying(device, now)} />
  );
  return (
    <Row
      icon={Laptop}
      title={member.name}
      note={note}
      {...(device === undefined ? {} : { href: hashOf('devices', member.device) })}
      end={<span className="soft small">{roleText(member.role)}</span>}
    />
  );
}

function RemoveDialog({ folder, onClose }: { readonly folder: FolderStatus; readonly onClose: () => void }): ReactNode {
  const remove = useAction('folder.remove');
  const run = async (): Promise<void> => {
    if ((await remove.run({ folder: folder.id })) === undefined) return;
    onClose();
    goTo('folders');
  };
  return (
    <AskDialog
      title={`Stop syncing “${folder.name}” here?`}
      yes="Remove"
      isBusy={remove.isBusy}
      error={remove.error}
      onYes={() => void run()}
      onClose={onClose}
    >
      <p className="breakable">All files stay in {folder.path}. Other devices keep the folder.</p>
      {folder.onlyHere.files > 0 && folder.devices.length > 0 && (
        <p className="tone-warn">{totalsText(folder.onlyHere)} are only here and have not reached another device.</p>
      )}
    </AskDialog>
  );
}
