import type { ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import type { CallError } from '../connection/agent-connection.ts';
import { Button } from './button.tsx';
import { Failure } from './said.tsx';

interface DialogBoxProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A sheet above the window; Escape and a click beside it close it, focus stays in it and goes back where it came from. */
export function DialogBox({ title, onClose, children }: DialogBoxProps): ReactNode {
  return (
    <ModalOverlay className="scrim" isOpen isDismissable onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title" className="dialog-title">
            {title}
          </Heading>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

interface AskProps {
  readonly title: string;
  /** What happens, and what stays. */
  readonly children: ReactNode;
  readonly yes: string;
  readonly isBusy: boolean;
  readonly error: CallError | undefined;
  readonly onYes: () => void;
  readonly onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export function AskDialog({ title, children, yes, isBusy, error, onYes, onClose }: AskProps): ReactNode {
  return (
    <DialogBox title={title} onClose={onClose}>
      <div className="soft stack-small">{children}</div>
      <Failure error={error} />
      <div className="dialog-foot">
        <Button onPress={onClose} autoFocus>
          Cancel
        </Button>
        <Button kind="danger" onPress={onYes} isDisabled={isBusy}>
          {yes}
        </Button>
      </div>
    </DialogBox>
  );
}
