import { ChevronLeft } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';

interface PageProps {
  readonly title: string;
  readonly back?: { readonly text: string; readonly href: string };
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** One view: its title, what can be done with all of it, and its groups. */
export function Page({ title, back, note, actions, children }: PageProps): ReactNode {
  useEffect(() => {
    document.title = `${title} – Dormouse`;
  }, [title]);
  return (
    <div className="page">
      <header className="page-head">
        <div className="page-titles">
          {back !== undefined && (
            <a className="back" href={back.href}>
              <ChevronLeft size={16} aria-hidden />
              {back.text}
            </a>
          )}
          <h1 className="page-title" title={title}>
            {title}
          </h1>
          {note}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
