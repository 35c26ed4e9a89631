import { Download } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { settingDescriptions } from '../../core/api/index.ts';
import { Button } from '../parts/button.tsx';
import { Facts, Group, Row } from '../parts/group.tsx';
import { Page } from '../parts/page.tsx';
import { Failure } from '../parts/said.tsx';
import { Toggle } from '../parts/toggle.tsx';
import { useAction, useAgent, useResource, useStatus } from '../state/agent-context.tsx';
import { saveFile } from '../state/save-file.ts';
import { SettingLine, type SettingValue } from './setting-line.tsx';
import { settingGroups } from './setting-table.ts';
import { Updates } from './updates.tsx';

declare const DORMOUSE_VERSION: string;

const descriptions = new Map(settingDescriptions().map(({ key, text }) => [key as string, text]));

export function SettingsView(): ReactNode {
  const { data, error, reload } = useResource('settings.get', {});
  const { desktop } = useAgent().connection;
  const values: Readonly<Record<string, SettingValue>> = data?.settings ?? {};
  const groups = settingGroups
    .map((group) => ({
      ...group,
      rows: group.rows.filter(({ key, isDesktop }) => values[key] !== undefined && (isDesktop !== true || desktop !== undefined)),
    }))
    .filter(({ rows }) => rows.length > 0);
  return (
    <Page title="Settings">
      <Failure error={error} />
      {groups.map(({ title, rows }) => (
        <Group key={title} title={title}>
          {rows.map((row) => {
            const value = values[row.key];
            if (value === undefined) return null;
            return (
              <SettingLine key={row.key} row={row} value={value} note={row.note ?? descriptions.get(row.key) ?? ''} onSaved={reload} />
            );
          })}
        </Group>
      ))}
      {data !== undefined && (
        <>
          {desktop !== undefined && <Updates desktop={desktop} />}
          <Diagnostics />
          <About />
        </>
      )}
    </Page>
  );
}

/** Status, settings, events and incidents in a file, without contents of files and without keys (INC-2). */
function Diagnostics(): ReactNode {
  const { desktop } = useAgent().connection;
  const diagnostics = useAction('diagnostics');
  const [hashNames, setHashNames] = useState(true);
  const save = async (): Promise<void> => {
    if (desktop !== undefined) return void (await desktop.ask('save-diagnostics', { hashNames }));
    const reply = await diagnostics.run({ hashNames });
    const files = Object.fromEntries((reply?.files ?? []).map(({ name, text }) => [name, text]));
    if (reply !== undefined) saveFile(`dormouse-diagnostics-${stamp(new Date())}.json`, `${JSON.stringify(files, null, 2)}\n`);
  };
  return (
    <Group
      title="Diagnostics"
      foot={
        desktop === undefined
          ? 'The logs are in the home of the agent; “dormouse diagnostics” packs them as well.'
          : 'Look through the archive before you pass it on.'
      }
    >
      <Row
        title="Replace names and paths by hashes"
        note="For passing it on to strangers."
        end={<Toggle label="Replace names and paths by hashes" isOn={hashNames} onChange={setHashNames} />}
      />
      <Row
        title="Save what is needed to look into a fault"
        wraps
        end={
          <Button icon={Download} onPress={() => void save()} isDisabled={diagnostics.isBusy}>
            Save…
          </Button>
        }
      />
      <Failure error={diagnostics.error} />
    </Group>
  );
}

function About(): ReactNode {
  const { device } = useStatus();
  const { desktop } = useAgent().connection;
  return (
    <Group title="About Dormouse" foot="Free software under the MIT licence, without any warranty.">
      <Facts
        facts={[
          ['Version', desktop?.versions.program ?? DORMOUSE_VERSION],
          ...(desktop === undefined
            ? []
            : ([
                ['Electron', desktop.versions.electron],
                ['Chromium', desktop.versions.chrome],
                ['Node', desktop.versions.node],
              ] as const)),
          ['Key kept in', device.keyStorage === 'os' ? 'the system’s key store' : 'a file'],
          [
            'Listens on',
            device.addresses.length === 0 ? 'nothing' : device.addresses.map((address) => <div key={address}>{address}</div>),
            'wide',
          ],
        ]}
      />
    </Group>
  );
}

function stamp(now: Date): string {
  return now.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '');
}
