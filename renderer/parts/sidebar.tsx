import { Activity, Folder, Laptop, type LucideIcon, Settings, ShieldCheck, TriangleAlert, BellDot, Loader } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Status, WindowView } from '../../core/api/index.ts';
import { useIsNarrow } from '../state/narrow.ts';
import { hashOf } from '../state/route.ts';
import { attentionCount } from '../words/attention.ts';
import { lidSummary } from '../../core/api/words/folder-words.ts';
import type { Saying } from '../../core/api/words/tone.ts';
import { PauseControl } from './pause-control.tsx';

const items: readonly (readonly [view: WindowView, text: string, shortText: string, icon: LucideIcon])[] = [
  ['folders', 'Folders', 'Folders', Folder],
  ['devices', 'Devices', 'Devices', Laptop],
  ['activity', 'Activity', 'Activity', Activity],
  ['attention', 'Needs attention', 'Attention', BellDot],
  ['settings', 'Settings', 'Settings', Settings],
];

/** Where one can go, and what is true of the whole device. */
export function Sidebar({ status, view }: { readonly status: Status; readonly view: WindowView }): ReactNode {
  const isNarrow = useIsNarrow();
  const attention = attentionCount(status);
  return (
    <div className="sidebar">
      <div className="brand">
        <Mark size={30} />
        <div className="clip">
          <div className="brand-name clip">{status.device.name}</div>
          <div className="soft small">This device</div>
        </div>
      </div>
      <nav className="nav" aria-label="Views">
        {items.map(([each, text, shortText, Icon]) => (
          <a key={each} className="nav-item" href={hashOf(each)} {...(each === view ? { 'aria-current': 'page' as const } : {})}>
            <Icon size={18} aria-hidden strokeWidth={1.9} />
            <span className="nav-label" data-short={shortText}>
              <span className="nav-long">{text}</span>
              <span className="nav-short" aria-hidden>
                {shortText}
              </span>
            </span>
            {each === 'attention' && attention > 0 && (
              <span className="nav-count" aria-label={`${attention} open`}>
                {attention > 99 ? '99+' : attention}
              </span>
            )}
            {each === 'folders' && status.offers > 0 && (
              <span className="nav-count" aria-label={`${status.offers} offered`}>
                {status.offers}
              </span>
            )}
          </a>
        ))}
      </nav>
      {!isNarrow && <WholeDevice status={status} />}
    </div>
  );
}

/** What is true of all folders together, and the one thing to be done with them. */
export function WholeDevice({ status }: { readonly status: Status }): ReactNode {
  const lid = lidSummary(status.folders);
  return (
    <div className="sidebar-foot">
      {lid !== undefined && <Lid saying={lid} />}
      <PauseControl pause={status.pause} />
    </div>
  );
}

function Lid({ saying }: { readonly saying: Saying }): ReactNode {
  const Icon = saying.tone === 'good' ? ShieldCheck : saying.tone === 'busy' ? Loader : TriangleAlert;
  return (
    <div className={`sidebar-lid tone-${saying.tone}`}>
      <Icon size={15} aria-hidden />
      <span>{saying.text}</span>
    </div>
  );
}

/** The product's mark: a dormouse asleep, curled around its tail. */
export function Mark({ size }: { readonly size: number }): ReactNode {
  return (
    <svg
      className="brand-mark"
      width={size}
      height={size}
      viewBox="0 0 32 32"
      aria-hidden
      fill="none"
      stroke="currentColor"
      strokeWidth={2.2}
    >
      <path d="M27.5 17.5a11.5 11.5 0 1 1-6.2-11.2" strokeLinecap="round" />
      <path d="M21.3 6.3c2.6-.6 4.2 1.4 3.3 3.6" strokeLinecap="round" />
      <path d="M27.5 17.5c0 4.6-4.6 6.6-8 4.8-2.8-1.5-2.9-5.2-.2-6.2" strokeLinecap="round" />
      <path d="M9.5 15.2c.9.9 2.3.9 3.2 0" strokeLinecap="round" />
    </svg>
  );
}
