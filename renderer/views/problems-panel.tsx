import { CircleCheck, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatAgo } from '../../core/api/index.ts';
import { Empty, Group, Row } from '../parts/group.tsx';
import { Failure } from '../parts/said.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { useResource } from '../state/agent-context.tsx';
import { useNow } from '../state/now.ts';

const problemRowHeight = 82;

/** Paths that cannot be synced, each with its cause and what to do. */
export function ProblemsPanel(): ReactNode {
  const { data, error } = useResource('problems', {});
  const now = useNow();
  if (error !== undefined) return <Failure error={error} />;
  if (data === undefined) return null;
  if (data.problems.length === 0)
    return (
      <Group>
        <Empty icon={CircleCheck} title="No problems">
          <p>A file that cannot be read, written or named here would be listed with what to do. It stops nothing else.</p>
        </Empty>
      </Group>
    );
  return (
    <Group>
      <VirtualList
        items={data.problems}
        keyOf={({ folder, path, kind }) => `${folder}/${path} ${kind}`}
        rowHeight={problemRowHeight}
        label="Problems"
      >
        {(problem) => (
          <Row
            icon={TriangleAlert}
            title={<span className="breakable">{problem.path}</span>}
            note={
              <>
                <p>{sentence(problem.text)}</p>
                <p className="small">
                  {problem.folderName} · {problem.permanent ? 'needs you' : 'tried again by itself'} · since {formatAgo(problem.since, now)}
                </p>
              </>
            }
          />
        )}
      </VirtualList>
    </Group>
  );
}

/** The agent's clause as a sentence. */
function sentence(text: string): string {
  const capital = `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
