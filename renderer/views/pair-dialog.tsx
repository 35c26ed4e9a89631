import { type ReactNode, useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { Button } from '../parts/button.tsx';
import { DialogBox } from '../parts/dialog-box.tsx';
import { takeInvite } from '../state/route.ts';
import { InviteCard } from './invite-card.tsx';
import { JoinForm } from './join-form.tsx';

/** Makes an invite for another device, or uses one that was made there. */
export function PairDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const [invite] = useState(takeInvite);
  return (
    <DialogBox title="Pair a device" onClose={onClose}>
      <Tabs className="tabs" defaultSelectedKey={invite === undefined ? 'show' : 'use'}>
        <TabList className="tab-list" aria-label="Which way">
          <Tab className="tab" id="show">
            Invite from here
          </Tab>
          <Tab className="tab" id="use">
            I have an invite
          </Tab>
        </TabList>
        <TabPanel className="tab-panel" id="show">
          <InviteCard onPaired={onClose} />
          <div className="dialog-foot">
            <Button onPress={onClose}>Done</Button>
          </div>
        </TabPanel>
        <TabPanel className="tab-panel" id="use">
          <JoinForm invite={invite ?? ''} onDone={onClose} cancel={<Button onPress={onClose}>Cancel</Button>} />
        </TabPanel>
      </Tabs>
    </DialogBox>
  );
}
