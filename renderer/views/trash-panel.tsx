import { RotateCcw, Trash2 } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { type ApiReply, formatAgo, formatBytes, formatMany } from '../../core/api/index.ts';
import { Button } from '../parts/button.tsx';
import { TextLine } from '../parts/fields.tsx';
import { Empty, Group, Row } from '../parts/group.tsx';
import { Failure, Notice } from '../parts/said.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { useAction, useResource } from '../state/agent-context.tsx';
import { useNow } from '../state/now.ts';

type TrashItem = ApiReply<'trash.list'>['items'][number];

const trashRowHeight = 64;
/** From so many on a list is easier searched than read. */
const searchableFrom = 12;

/** Files that were removed or replaced, newest first; each can be brought back. */
export function TrashPanel(): ReactNode {
  const { data, error, reload } = useResource('trash.list', {});
  const restore = useAction('trash.restore');
  const [search, setSearch] = useState('');
  const [restored, setRestored] = useState<string>();
  const items = useMemo(() => (data?.items ?? []).toSorted((a, b) => b.at.localeCompare(a.at)), [data]);
  const wanted = search.trim().toLowerCase();
  const shown = wanted === '' ? items : items.filter(({ path }) => path.toLowerCase().includes(wanted));
  if (error !== undefined) return <Failure error={error} />;
  if (data === undefined) return null;
  const run = async (item: TrashItem): Promise<void> => {
    setRestored(undefined);
    const done = await restore.run({ id: item.id });
    if (done === undefined) return;
    setRestored(done.path);
    reload();
  };
  return (
    <div className="stack">
      <Failure error={restore.error} />
      {restored !== undefined && <Notice kind="good">Restored as {restored}</Notice>}
      {items.length >= searchableFrom && (
        <TextLine label="Find in the trash" value={search} onChange={setSearch} placeholder="Part of a path" />
      )}
      <Group {...(shown.length === 0 ? {} : { foot: formatMany(shown.length, 'item') })}>
        {shown.length === 0 ? (
          <Empty icon={Trash2} title={items.length === 0 ? 'The trash is empty' : 'Nothing has that in its path'}>
            {items.length === 0 && <p>Files that another device removes or replaces are kept here for a while.</p>}
          </Empty>
        ) : (
          <VirtualList items={shown} keyOf={({ folder, id }) => `${folder} ${id}`} rowHeight={trashRowHeight} label="Trash">
            {(item) => <TrashRow item={item} isBusy={restore.isBusy} onRestore={() => void run(item)} />}
          </VirtualList>
        )}
      </Group>
    </div>
  );
}

interface TrashRowProps {
  readonly item: TrashItem;
  readonly isBusy: boolean;
  readonly onRestore: () => void;
}

function TrashRow({ item, isBusy, onRestore }: TrashRowProps): ReactNode {
  const now = useNow();
  return (
    <Row
      title={<span className="breakable">{item.path}</span>}
      note={`${item.folderName} · ${item.reason} ${formatAgo(item.at, now)} · ${formatBytes(item.bytes)}`}
      end={
        <Button icon={RotateCcw} onPress={onRestore} isDisabled={isBusy} label={`Restore ${item.path}`}>
          Restore
        </Button>
      }
    />
  );
}
