import { CircleAlert, CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatClock, formatCount } from '../../core/api/index.ts';
import { Empty, Group, Row } from '../parts/group.tsx';
import { Failure } from '../parts/said.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { useResource } from '../state/agent-context.tsx';
import { useNow } from '../state/now.ts';

const incidentRowHeight = 64;

/** What went wrong lately, newest first. */
export function IncidentsPanel(): ReactNode {
  const { data, error } = useResource('incidents', {});
  const now = useNow();
  if (error !== undefined) return <Failure error={error} />;
  if (data === undefined) return null;
  const incidents = data.incidents.toSorted((a, b) => b.at.localeCompare(a.at));
  if (incidents.length === 0)
    return (
      <Group>
        <Empty icon={CircleCheck} title="No incidents">
          <p>Nothing happened that a person should know of.</p>
        </Empty>
      </Group>
    );
  return (
    <Group foot="The events that led to each are in the diagnostics (Settings).">
      <VirtualList items={incidents} keyOf={({ id }) => id} rowHeight={incidentRowHeight} label="Incidents">
        {(incident) => (
          <Row
            icon={CircleAlert}
            title={<span className="breakable">{incident.text}</span>}
            note={`${formatClock(incident.at, now)}${incident.count > 1 ? ` · ${formatCount(incident.count)} times` : ''}`}
          />
        )}
      </VirtualList>
    </Group>
  );
}
