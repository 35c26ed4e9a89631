import { type ReactNode, useState } from 'react';
import { Button } from '../parts/button.tsx';
import { TextLine } from '../parts/fields.tsx';
import { useAction } from '../state/agent-context.tsx';

interface JoinFormProps {
  /** What the field begins with: a link only fills it. */
  readonly invite: string;
  readonly onDone: () => void;
  readonly cancel: ReactNode;
}

/** Uses an invite that another device made. */
export function JoinForm({ invite, onDone, cancel }: JoinFormProps): ReactNode {
  const pair = useAction('pair');
  const [text, setText] = useState(invite);
  const run = async (): Promise<void> => {
    if ((await pair.run({ invite: text.trim() })) !== undefined) onDone();
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <TextLine
        label="Invite of the other device"
        value={text}
        onChange={setText}
        note="On the other device choose Pair a device, copy its invite, and paste it here."
        error={pair.error?.text}
        isMultiline
        autoFocus
      />
      <div className="dialog-foot">
        {cancel}
        <Button kind="primary" isSubmit isDisabled={pair.isBusy || text.trim() === ''}>
          {pair.isBusy ? 'Pairing…' : 'Pair'}
        </Button>
      </div>
    </form>
  );
}
