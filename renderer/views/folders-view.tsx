import { ChevronRight, Folder, FolderInput, FolderPlus, Pause, Play } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { FolderStatus } from '../../core/api/index.ts';
import { Button, IconButton } from '../parts/button.tsx';
import { Empty, Group, Row } from '../parts/group.tsx';
import { Page } from '../parts/page.tsx';
import { Notice, Progress, Said } from '../parts/said.tsx';
import { WholeDevice } from '../parts/sidebar.tsx';
import { useAction, useResource, useStatus } from '../state/agent-context.tsx';
import { useIsNarrow } from '../state/narrow.ts';
import { useNow } from '../state/now.ts';
import { hashOf } from '../state/route.ts';
import { folderSaying, lidSaying, progressPart, progressText, roleText } from '../../core/api/words/folder-words.ts';
import { AcceptDialog, AddFolderDialog, type Offer } from './add-folder-dialog.tsx';

export function FoldersView(): ReactNode {
  const status = useStatus();
  const isNarrow = useIsNarrow();
  const [isAdding, setAdding] = useState(false);
  const add = (
    <Button kind="primary" icon={FolderPlus} onPress={() => setAdding(true)}>
      Add folder
    </Button>
  );
  return (
    <Page title="Folders" actions={add}>
      {status.device.warnings.map((warning) => (
        <Notice key={warning} kind="warn">
          {warning}
        </Notice>
      ))}
      <Offers />
      <Group>
        {status.folders.length === 0 ? (
          <Empty icon={Folder} title="No folders yet">
            <p>A folder that you add here can be kept the same on your other devices, straight from one to the other.</p>
          </Empty>
        ) : (
          status.folders.map((folder) => <FolderRow key={folder.id} folder={folder} />)
        )}
      </Group>
      {isNarrow && <WholeDevice status={status} />}
      {isAdding && <AddFolderDialog onClose={() => setAdding(false)} />}
    </Page>
  );
}

function FolderRow({ folder }: { readonly folder: FolderStatus }): ReactNode {
  const { devices } = useStatus();
  const now = useNow();
  const pause = useAction('folder.pause');
  const isPaused = folder.state === 'paused';
  const part = progressPart(folder);
  const more = [progressText(folder), lidNote(folder)].filter((text) => text !== undefined);
  return (
    <Row
      icon={Folder}
      href={hashOf('folders', folder.id)}
      title={folder.name}
      note={
        <div>
          <Said saying={folderSaying(folder, devices, now)} />
          {more.length > 0 && <div className="small">{more.join(' · ')}</div>}
        </div>
      }
      below={
        part !== undefined && (
          <div className="folder-progress">
            <Progress part={part} label={`${folder.name}: how much is here`} isStill={folder.state === 'waiting'} />
          </div>
        )
      }
      end={
        <>
          <IconButton
            label={isPaused ? `Resume ${folder.name}` : `Pause ${folder.name}`}
            icon={isPaused ? Play : Pause}
            onPress={() => void pause.run({ folder: folder.id, paused: !isPaused })}
            isDisabled={pause.isBusy}
          />
          <ChevronRight className="chevron" size={18} aria-hidden />
        </>
      }
    />
  );
}

/** In the list only what stands in the way is said; that all is well is said once, for the whole device. */
function lidNote(folder: FolderStatus): string | undefined {
  const lid = lidSaying(folder);
  return lid?.tone === 'warn' ? lid.text : undefined;
}

/** Folders that other devices would like to share. */
function Offers(): ReactNode {
  const { data } = useResource('folder.offers', {});
  const [accepting, setAccepting] = useState<Offer>();
  if (data === undefined || data.offers.length === 0) return null;
  return (
    <Group title="Offered to this device">
      {data.offers.map((offer) => (
        <Row
          key={`${offer.folder} ${offer.from}`}
          icon={FolderInput}
          wraps
          title={offer.name}
          note={`${offer.fromName} shares it. Here: ${roleText(offer.role).toLowerCase()}.`}
          end={
            <Button kind="primary" onPress={() => setAccepting(offer)} label={`Accept ${offer.name}`}>
              Accept…
            </Button>
          }
        />
      ))}
      {accepting !== undefined && <AcceptDialog offer={accepting} onClose={() => setAccepting(undefined)} />}
    </Group>
  );
}
