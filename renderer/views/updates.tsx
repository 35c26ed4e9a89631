import { RotateCw } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { type UpdateState, type WindowBridge, formatAgo } from '../../core/api/index.ts';
import { Button } from '../parts/button.tsx';
import { Group, Row } from '../parts/group.tsx';
import { useNow } from '../state/now.ts';

const lookMs = 2000;

/** Where the program stands with its own update. */
export function Updates({ desktop }: { readonly desktop: WindowBridge }): ReactNode {
  const [state, setState] = useState<UpdateState>();
  const now = useNow();
  useEffect(() => {
    let isWanted = true;
    const look = (): void => {
      void desktop.ask('update-state', {}).then((found) => isWanted && setState(found));
    };
    look();
    const timer = setInterval(look, lookMs);
    return () => {
      isWanted = false;
      clearInterval(timer);
    };
  }, [desktop]);
  if (state === undefined) return null;
  const check = async (): Promise<void> => setState(await desktop.ask('check-for-updates', {}));
  const end =
    state.kind === 'ready' ? (
      <Button kind="primary" onPress={() => void desktop.ask('install-update', {})}>
        Restart and install
      </Button>
    ) : (
      <Button icon={RotateCw} onPress={() => void check()} isDisabled={state.kind !== 'idle' && state.kind !== 'failed'}>
        Look for updates
      </Button>
    );
  return (
    <Group title="Update">
      <Row title={updateText(state, now)} wraps end={end} />
    </Group>
  );
}

function updateText(state: UpdateState, now: Date): string {
  switch (state.kind) {
    case 'idle':
      return state.checkedAt === null ? 'Not looked for yet' : `Up to date, looked ${formatAgo(state.checkedAt, now)}`;
    case 'checking':
      return 'Looking for an update';
    case 'downloading':
      return `Fetching version ${state.version}: ${state.percent} %`;
    case 'ready':
      return state.waitsFor === null
        ? `Version ${state.version} is ready`
        : `Version ${state.version} is ready; it waits: ${state.waitsFor}`;
    case 'failed':
    case 'off':
      return state.text;
  }
}
