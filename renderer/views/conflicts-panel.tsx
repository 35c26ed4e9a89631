import { CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { type ApiReply, formatBytes, formatClock } from '../../core/api/index.ts';
import { Button } from '../parts/button.tsx';
import { Empty, Group } from '../parts/group.tsx';
import { Failure } from '../parts/said.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { useAction, useResource } from '../state/agent-context.tsx';
import { useNow } from '../state/now.ts';

type Conflict = ApiReply<'conflicts'>['conflicts'][number];
type Version = NonNullable<Conflict['current']>;

const conflictHeight = 236;

export function ConflictsPanel(): ReactNode {
  const { data, error, reload } = useResource('conflicts', {});
  if (error !== undefined) return <Failure error={error} />;
  if (data === undefined) return null;
  if (data.conflicts.length === 0)
    return (
      <Group>
        <Empty icon={CircleCheck} title="No conflicts">
          <p>When a file is changed in two places at once, both versions are kept, and you choose here.</p>
        </Empty>
      </Group>
    );
  return (
    <Group foot="What is not kept goes to the trash of its folder.">
      <VirtualList items={data.conflicts} keyOf={({ folder, path }) => `${folder}/${path}`} rowHeight={conflictHeight} label="Conflicts">
        {(conflict) => <ConflictCard conflict={conflict} onSettled={reload} />}
      </VirtualList>
    </Group>
  );
}

interface ConflictCardProps {
  readonly conflict: Conflict;
  readonly onSettled: () => void;
}

/** Two versions of a file side by side. `this` is the copy that lost, `that` the one under the file's own name. */
function ConflictCard({ conflict, onSettled }: ConflictCardProps): ReactNode {
  const resolve = useAction('conflict.resolve');
  const { folder, path, current } = conflict;
  const keep = async (which: 'this' | 'that' | 'both'): Promise<void> => {
    if ((await resolve.run({ folder, path, keep: which })) !== undefined) onSettled();
  };
  return (
    <article className="conflict" aria-label={conflict.of}>
      <div className="conflict-head">
        <div className="row-text">
          <div className="row-title breakable">{conflict.of}</div>
          <div className="row-note">{conflict.folderName} · changed in two places</div>
        </div>
        <Button onPress={() => void keep('both')} isDisabled={resolve.isBusy} label={`Keep both: ${conflict.of}`}>
          Keep both
        </Button>
      </div>
      <div className="versions">
        <VersionCard
          title="In place now"
          version={current}
          fallback="Under the file’s own name"
          keepLabel={`Keep this one: ${conflict.of} as it is in place now`}
          isDisabled={resolve.isBusy}
          onKeep={() => void keep('that')}
        />
        <VersionCard
          title="The other version"
          version={conflict}
          fallback=""
          keepLabel={`Keep this one: the other version of ${conflict.of}`}
          isDisabled={resolve.isBusy}
          onKeep={() => void keep('this')}
        />
      </div>
      <Failure error={resolve.error} />
    </article>
  );
}

interface VersionCardProps {
  readonly title: string;
  /** Null where there is no file under that name any more, undefined where the agent does not tell. */
  readonly version: Version | null | undefined;
  readonly fallback: string;
  readonly keepLabel: string;
  readonly isDisabled: boolean;
  readonly onKeep: () => void;
}

function VersionCard({ title, version, fallback, keepLabel, isDisabled, onKeep }: VersionCardProps): ReactNode {
  const now = useNow();
  return (
    <div className="version">
      <div className="soft small">{title}</div>
      {version === null && <div>Removed</div>}
      {version === undefined && <div>{fallback}</div>}
      {version !== null && version !== undefined && (
        <>
          <div>by {version.author}</div>
          <div className="soft small">
            {version.mtime === null ? '' : `${formatClock(version.mtime, now)} · `}
            {formatBytes(version.bytes)}
          </div>
        </>
      )}
      <Button onPress={onKeep} isDisabled={isDisabled} label={keepLabel}>
        Keep this one
      </Button>
    </div>
  );
}
