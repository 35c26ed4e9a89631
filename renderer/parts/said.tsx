import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { CallError } from '../connection/agent-connection.ts';
import type { Saying } from '../../core/api/words/tone.ts';

/** A state in words with its dot. */
export function Said({ saying }: { readonly saying: Saying }): ReactNode {
  return (
    <span className={`state tone-${saying.tone}`}>
      <span className="state-dot" aria-hidden />
      <span className="breakable">{saying.text}</span>
    </span>
  );
}

const noticeIcons = { info: Info, good: CircleCheck, warn: TriangleAlert, bad: CircleAlert } as const;

interface NoticeProps {
  readonly kind: keyof typeof noticeIcons;
  readonly children: ReactNode;
  readonly end?: ReactNode;
}

export function Notice({ kind, children, end }: NoticeProps): ReactNode {
  const Icon = noticeIcons[kind];
  return (
    <div className={`notice is-${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
      <Icon size={17} aria-hidden />
      <div className="notice-text">{children}</div>
      {end}
    </div>
  );
}

/** The API's errors name the thing, the cause and the remedy: they are shown as they are. */
export function Failure({ error }: { readonly error: CallError | undefined }): ReactNode {
  return error === undefined ? null : <Notice kind="bad">{error.text}</Notice>;
}

interface ProgressProps {
  /** 0 to 1. */
  readonly part: number;
  readonly label: string;
  /** Nothing moves: it waits. */
  readonly isStill?: boolean;
}

export function Progress({ part, label, isStill = false }: ProgressProps): ReactNode {
  const percent = Math.floor(part * 100);
  return (
    <div className="progress" role="progressbar" aria-label={label} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100}>
      <div className={`progress-bar ${isStill ? 'is-still' : ''}`} style={{ width: `${percent}%` }} />
    </div>
  );
}
