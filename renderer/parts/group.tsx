import type { LucideIcon } from 'lucide-react';
import { type ReactNode, useId } from 'react';

interface GroupProps {
  readonly title?: string;
  readonly action?: ReactNode;
  readonly foot?: ReactNode;
  readonly children: ReactNode;
}

/** Things that belong together, on one sheet. */
export function Group({ title, action, foot, children }: GroupProps): ReactNode {
  const id = useId();
  return (
    <section className="group" {...(title === undefined ? {} : { 'aria-labelledby': id })}>
      {(title !== undefined || action !== undefined) && (
        <div className="group-head">
          <h2 id={id}>{title}</h2>
          {action}
        </div>
      )}
      <div className="group-body">{children}</div>
      {foot !== undefined && <div className="group-foot">{foot}</div>}
    </section>
  );
}

interface RowProps {
  readonly title: ReactNode;
  readonly note?: ReactNode;
  readonly icon?: LucideIcon;
  readonly end?: ReactNode;
  /** Makes the whole row a link. */
  readonly href?: string;
  /** Buttons go below the text where it is narrow. */
  readonly wraps?: boolean;
  readonly below?: ReactNode;
}

export function Row({ title, note, icon: Icon, end, href, wraps = false, below }: RowProps): ReactNode {
  const kinds = [...(Icon === undefined ? [] : ['has-icon']), ...(href === undefined ? [] : ['row-link']), ...(wraps ? ['wraps'] : [])];
  return (
    <div className={['row', ...kinds].join(' ')}>
      {Icon !== undefined && (
        <span className="row-icon">
          <Icon size={18} aria-hidden strokeWidth={1.75} />
        </span>
      )}
      <div className="row-text">
        <div className="row-title">
          {href === undefined ? (
            title
          ) : (
            <a className="row-hit" href={href}>
              {title}
            </a>
          )}
        </div>
        {note !== undefined && <div className="row-note">{note}</div>}
        {below}
      </div>
      {end !== undefined && <div className="row-end row-above">{end}</div>}
    </div>
  );
}

interface EmptyProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly children?: ReactNode;
}

/** Says that there is nothing, and what that means. */
export function Empty({ icon: Icon, title, children }: EmptyProps): ReactNode {
  return (
    <div className="empty">
      <Icon size={30} strokeWidth={1.5} aria-hidden />
      <div className="empty-title">{title}</div>
      {children}
    </div>
  );
}

/** A figure with its name; `wide` takes two places. */
export type Fact = readonly [name: string, value: ReactNode, width?: 'wide'];

export function Facts({ facts }: { readonly facts: readonly Fact[] }): ReactNode {
  return (
    <dl className="facts">
      {facts.map(([name, value, width]) => (
        <div className={`fact ${width === 'wide' ? 'is-wide' : ''}`} key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
