import { MoonStar, Play, RotateCw, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatClock } from '../../core/api/index.ts';
import { useAction, useAgent, useSnapshot } from '../state/agent-context.tsx';
import { useNow } from '../state/now.ts';
import { Button } from './button.tsx';

/** What is true of everything that the window shows: the agent is away, or all syncing is paused. */
export function Banners(): ReactNode {
  const { store } = useAgent();
  const { link, status, error } = useSnapshot();
  const now = useNow();
  const unpause = useAction('unpause');
  if (link === 'lost') {
    return (
      <div className="banner is-bad" role="alert">
        <TriangleAlert size={17} aria-hidden />
        <div className="banner-text">
          {error?.kind === 'unauthorized'
            ? 'This page is no longer known to the agent. Open a fresh link: dormouse ui'
            : (error?.text ?? 'The agent is not reachable.')}{' '}
          What is shown is how it was.
        </div>
        <Button icon={RotateCw} onPress={() => store.retryNow()}>
          Try now
        </Button>
      </div>
    );
  }
  const pause = status?.pause;
  if (status?.device.suspended === true)
    return <Banner text="The agent was told to sleep (dormouse suspend). It goes on with: dormouse resume" />;
  if (pause === null || pause === undefined) return null;
  if (pause.by === 'battery') return <Banner text="Syncing is paused because the battery is low." />;
  if (pause.by === 'metered') return <Banner text="Syncing is paused because the network is metered." />;
  const text = pause.until === null ? 'Syncing is paused.' : `Syncing is paused until ${formatClock(pause.until, now)}.`;
  return (
    <Banner
      text={text}
      end={
        <Button icon={Play} onPress={() => void unpause.run({})} isDisabled={unpause.isBusy}>
          Resume
        </Button>
      }
    />
  );
}

function Banner({ text, end }: { readonly text: string; readonly end?: ReactNode }): ReactNode {
  return (
    <div className="banner" role="status">
      <MoonStar size={17} aria-hidden />
      <div className="banner-text">{text}</div>
      {end}
    </div>
  );
}
