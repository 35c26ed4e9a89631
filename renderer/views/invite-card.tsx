import { CircleCheck } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { type ApiReply, formatDuration } from '../../core/api/index.ts';
import { Button } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { QrCode } from '../parts/qr-code.tsx';
import { Failure, Notice } from '../parts/said.tsx';
import { useAction, useStatus } from '../state/agent-context.tsx';
import { useNow } from '../state/now.ts';

/** An invite as text and as a code to scan; says so when a device has used it. */
export function InviteCard({ onPaired }: { readonly onPaired?: () => void }): ReactNode {
  const { devices } = useStatus();
  const now = useNow();
  const make = useAction('invite');
  const [invite, setInvite] = useState<ApiReply<'invite'>>();
  const [known] = useState(() => new Set(devices.map(({ id }) => id)));
  const isAsked = useRef(false);
  const ask = async (): Promise<void> => setInvite(await make.run({}));
  useEffect(() => {
    // One invite for each time that the card is opened: they are few, and each is a secret.
    if (isAsked.current) return;
    isAsked.current = true;
    void ask();
  });
  const guest = devices.find(({ id }) => !known.has(id));
  if (guest !== undefined)
    return (
      <Notice
        kind="good"
        end={
          onPaired !== undefined && (
            <Button kind="primary" icon={CircleCheck} onPress={onPaired}>
              Good
            </Button>
          )
        }
      >
        Paired with {guest.name}.
      </Notice>
    );
  if (make.error !== undefined) return <Failure error={make.error} />;
  if (invite === undefined) return <p className="soft">Making an invite…</p>;
  const leftMs = Date.parse(invite.expiresAt) - now.getTime();
  if (leftMs <= 0)
    return (
      <div className="stack">
        <p className="soft">This invite is too old to be used.</p>
        <Button onPress={() => void ask()}>Make another one</Button>
      </div>
    );
  return (
    <div className="stack">
      <QrCode text={invite.invite} label="The invite as a QR code" />
      <div className="invite-text" tabIndex={0} role="textbox" aria-readonly aria-label="The invite as text">
        {invite.invite}
      </div>
      <div className="input-line">
        <CopyButton text={invite.invite} label="Copy invite" />
        <p className="soft small">
          Paste or scan it on the other device. It works once, for the next {formatDuration(leftMs)}; give it to nobody else.
        </p>
      </div>
    </div>
  );
}
