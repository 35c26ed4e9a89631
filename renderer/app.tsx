import { KeyRound, Unplug } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import type { CallError } from './connection/agent-connection.ts';
import type { Status } from '../core/api/index.ts';
import { Empty } from './parts/group.tsx';
import { ScrollContext } from './parts/virtual-list.tsx';
import { Sidebar } from './parts/sidebar.tsx';
import { Banners } from './parts/banners.tsx';
import { StatusProvider, useSnapshot } from './state/agent-context.tsx';
import { isWelcomeOver, noteWelcomeOver } from './state/welcomed.ts';
import { type Route, useRoute } from './state/route.ts';
import { ActivityView } from './views/activity-view.tsx';
import { AttentionView } from './views/attention-view.tsx';
import { DeviceView } from './views/device-view.tsx';
import { DevicesView } from './views/devices-view.tsx';
import { FolderView } from './views/folder-view.tsx';
import { FoldersView } from './views/folders-view.tsx';
import { SettingsView } from './views/settings-view.tsx';
import { Welcome } from './views/welcome.tsx';

/** The whole window: a welcome while there is nothing yet, else the views with their navigation. */
export function App(): ReactNode {
  const { status, error } = useSnapshot();
  const { view } = useRoute();
  const [isWelcomed, setWelcomed] = useState<boolean>();
  const isNew = status !== undefined && status.folders.length === 0 && status.devices.length === 0;
  useEffect(() => {
    // Decided by the first status, and kept until the person is through.
    if (status !== undefined && isWelcomed === undefined) setWelcomed(!isNew || isWelcomeOver(status.device.id));
  }, [status, isNew, isWelcomed]);
  /** Led elsewhere by an invite, the tray or a notification: whoever has something to see there needs no welcome any more. */
  const [isLedAway, setLedAway] = useState(false);
  useEffect(() => {
    if (view !== 'folders') setLedAway(true);
    if (isLedAway && isWelcomed === false && status !== undefined && !isNew) {
      setWelcomed(true);
      noteWelcomeOver(status.device.id);
    }
  }, [view, isLedAway, isWelcomed, status, isNew]);
  const endWelcome = (deviceId: string): void => {
    setWelcomed(true);
    noteWelcomeOver(deviceId);
  };
  if (status === undefined) return error === undefined ? null : <Away error={error} />;
  return (
    <StatusProvider status={status}>
      {isWelcomed === false && view === 'folders' ? <Welcome onDone={() => endWelcome(status.device.id)} /> : <Window status={status} />}
    </StatusProvider>
  );
}

function Window({ status }: { readonly status: Status }): ReactNode {
  const route = useRoute();
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  useEffect(() => {
    if (scroller !== null) scroller.scrollTop = 0;
  }, [scroller, route.view, route.id]);
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={(event) => skipTo(event, scroller)}>
        Skip to the content
      </a>
      <Sidebar status={status} view={route.view === 'pair' ? 'devices' : route.view} />
      <Banners />
      <main id="main" className="main" tabIndex={0} ref={setScroller}>
        <ScrollContext value={scroller}>
          <View route={route} />
        </ScrollContext>
      </main>
    </div>
  );
}

function View({ route: { view, id } }: { readonly route: Route }): ReactNode {
  switch (view) {
    case 'folders':
      return id === undefined ? <FoldersView /> : <FolderView key={id} id={id} />;
    case 'devices':
      return id === undefined ? <DevicesView /> : <DeviceView key={id} id={id} />;
    case 'pair':
      return <DevicesView isPairing />;
    case 'activity':
      return <ActivityView />;
    case 'attention':
      return <AttentionView tab={id} />;
    case 'settings':
      return <SettingsView />;
  }
}

/** The hash is the route, so the link moves the focus by itself. */
function skipTo(event: { preventDefault(): void }, target: HTMLElement | null): void {
  event.preventDefault();
  target?.focus();
}

/** Before anything could be shown. */
function Away({ error }: { readonly error: CallError }): ReactNode {
  const isStranger = error.kind === 'unauthorized';
  return (
    <main className="away">
      <h1 className="hidden">Dormouse</h1>
      <div role="alert">
        <Empty icon={isStranger ? KeyRound : Unplug} title={isStranger ? 'This page needs a fresh link' : 'The agent is not reachable'}>
          <p>
            {isStranger
              ? 'A link opens the window once, in one browser. Get another one in a terminal of this machine with: dormouse ui'
              : error.text}
          </p>
        </Empty>
      </div>
    </main>
  );
}
