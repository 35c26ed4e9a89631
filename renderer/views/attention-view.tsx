import type { ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { Page } from '../parts/page.tsx';
import { Notice } from '../parts/said.tsx';
import { useStatus } from '../state/agent-context.tsx';
import { goTo } from '../state/route.ts';
import { ConflictsPanel } from './conflicts-panel.tsx';
import { IncidentsPanel } from './incidents-panel.tsx';
import { ProblemsPanel } from './problems-panel.tsx';
import { TrashPanel } from './trash-panel.tsx';

const tabs = ['conflicts', 'problems', 'incidents', 'trash'] as const;

/** What needs a person, one kind at a time; the tab is part of the address. */
export function AttentionView({ tab }: { readonly tab: string | undefined }): ReactNode {
  const { folders, incidents } = useStatus();
  const conflicts = folders.reduce((sum, folder) => sum + folder.conflicts, 0);
  const problems = folders.reduce((sum, folder) => sum + folder.problems, 0);
  const first = conflicts === 0 && problems > 0 ? 'problems' : 'conflicts';
  const counts: Readonly<Record<(typeof tabs)[number], readonly [text: string, count: number]>> = {
    conflicts: ['Conflicts', conflicts],
    problems: ['Problems', problems],
    incidents: ['Incidents', incidents],
    trash: ['Trash', 0],
  };
  return (
    <Page title="Needs attention">
      {folders
        .filter(({ state }) => state === 'stopped')
        .map((folder) => (
          <Notice key={folder.id} kind="bad">
            {folder.name} has stopped. {folder.why[0]}
          </Notice>
        ))}
      <Tabs
        className="tabs"
        selectedKey={tabs.find((each) => each === tab) ?? first}
        onSelectionChange={(key) => goTo('attention', String(key))}
      >
        <TabList className="tab-list" aria-label="What needs attention">
          {tabs.map((each) => {
            const [text, count] = counts[each];
            return (
              <Tab className="tab" id={each} key={each}>
                {count > 0 ? `${text} ${count}` : text}
              </Tab>
            );
          })}
        </TabList>
        <TabPanel className="tab-panel" id="conflicts">
          <ConflictsPanel />
        </TabPanel>
        <TabPanel className="tab-panel" id="problems">
          <ProblemsPanel />
        </TabPanel>
        <TabPanel className="tab-panel" id="incidents">
          <IncidentsPanel />
        </TabPanel>
        <TabPanel className="tab-panel" id="trash">
          <TrashPanel />
        </TabPanel>
      </Tabs>
    </Page>
  );
}
