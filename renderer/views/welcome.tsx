import { ChevronRight, CircleCheck, FolderInput, FolderPlus, Link2, type LucideIcon } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from '../parts/button.tsx';
import { TextLine } from '../parts/fields.tsx';
import { Group, Row } from '../parts/group.tsx';
import { Notice } from '../parts/said.tsx';
import { Mark } from '../parts/sidebar.tsx';
import { useAction, useResource, useStatus } from '../state/agent-context.tsx';
import { goTo } from '../state/route.ts';
import { AcceptDialog, AddFolderForm, type Offer } from './add-folder-dialog.tsx';
import { InviteCard } from './invite-card.tsx';
import { JoinForm } from './join-form.tsx';

type Step = 'name' | 'choose' | 'add' | 'invite' | 'join' | 'offers';

const stepNumbers: Readonly<Record<Step, number>> = { name: 0, choose: 1, add: 1, join: 1, invite: 2, offers: 2 };
const nameCharsMax = 64;

/** From nothing to a synced folder: name this device, add a folder and show an invite, or join with one. */
export function Welcome({ onDone }: { readonly onDone: () => void }): ReactNode {
  const [step, setStep] = useState<Step>('name');
  const [folder, setFolder] = useState<string>();
  return (
    <main className="main">
      <div className="welcome">
        <div className="welcome-card">
          <header className="welcome-head">
            <Mark size={56} />
            <h1>{titles[step]}</h1>
            <p className="soft">{notes[step]}</p>
          </header>
          {step === 'name' && <NameStep onDone={() => setStep('choose')} />}
          {step === 'choose' && <ChooseStep onAdd={() => setStep('add')} onJoin={() => setStep('join')} onSkip={onDone} />}
          {step === 'add' && (
            <Group>
              <div className="dialog">
                <AddFolderForm
                  onDone={({ id }) => {
                    setFolder(id);
                    setStep('invite');
                  }}
                  cancel={<Button onPress={() => setStep('choose')}>Back</Button>}
                />
              </div>
            </Group>
          )}
          {step === 'join' && (
            <Group>
              <div className="dialog">
                <JoinForm invite="" onDone={() => setStep('offers')} cancel={<Button onPress={() => setStep('choose')}>Back</Button>} />
              </div>
            </Group>
          )}
          {step === 'invite' && <InviteStep folder={folder} onDone={onDone} />}
          {step === 'offers' && <OffersStep onDone={onDone} />}
          <ol className="welcome-steps" aria-label="Steps">
            {[0, 1, 2].map((number) => (
              <li key={number} {...(number === stepNumbers[step] ? { 'aria-current': 'step' as const } : {})}>
                <span className="hidden">Step {number + 1}</span>
              </li>
            ))}
          </ol>
        </div>
      </div>
    </main>
  );
}

const titles: Readonly<Record<Step, string>> = {
  name: 'Welcome to Dormouse',
  choose: 'Your first folder',
  add: 'Add a folder',
  join: 'Join another device',
  invite: 'Invite another device',
  offers: 'Folders for this device',
};

const notes: Readonly<Record<Step, string>> = {
  name: 'It keeps folders the same on your laptops, straight from one to the other, and never waits for the one that sleeps.',
  choose: 'Begin with a folder of this device, or join a device that runs Dormouse already.',
  add: 'Which folder should be the same on your devices?',
  join: 'The two devices trust each other’s keys from then on. There is no account.',
  invite: 'Start Dormouse on the other device, and scan or paste this there.',
  offers: 'What the other device shares with this one appears here.',
};

function NameStep({ onDone }: { readonly onDone: () => void }): ReactNode {
  const { device } = useStatus();
  const set = useAction('settings.set');
  const [name, setName] = useState(device.name);
  const run = async (): Promise<void> => {
    if (name === device.name || (await set.run({ key: 'name', value: name })) !== undefined) onDone();
  };
  return (
    <Group>
      <form
        className="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <TextLine
          label="Name of this device"
          value={name}
          onChange={setName}
          maxLength={nameCharsMax}
          note="Your other devices show it under this name."
          error={set.error?.text}
          autoFocus
        />
        <div className="dialog-foot">
          <Button kind="primary" isSubmit isDisabled={set.isBusy}>
            Continue
          </Button>
        </div>
      </form>
    </Group>
  );
}

interface ChooseStepProps {
  readonly onAdd: () => void;
  readonly onJoin: () => void;
  readonly onSkip: () => void;
}

function ChooseStep({ onAdd, onJoin, onSkip }: ChooseStepProps): ReactNode {
  return (
    <>
      <Group>
        <ChoiceRow
          icon={FolderPlus}
          title="Add a folder of this device"
          note="Then invite another device to have it too."
          onPress={onAdd}
        />
        <ChoiceRow icon={Link2} title="Join with an invite" note="Another device of yours has made one." onPress={onJoin} />
      </Group>
      <div className="welcome-foot">
        <span />
        <Button kind="quiet" onPress={onSkip}>
          Look around first
        </Button>
      </div>
    </>
  );
}

interface ChoiceRowProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly note: string;
  readonly onPress: () => void;
}

function ChoiceRow({ icon: Icon, title, note, onPress }: ChoiceRowProps): ReactNode {
  return (
    <button type="button" className="choice" onClick={onPress}>
      <span className="row-icon tone-busy">
        <Icon size={22} strokeWidth={1.75} aria-hidden />
      </span>
      <span className="row-text">
        <span className="row-title">{title}</span>
        <span className="row-note">{note}</span>
      </span>
      <ChevronRight className="chevron" size={18} aria-hidden />
    </button>
  );
}

interface InviteStepProps {
  readonly folder: string | undefined;
  readonly onDone: () => void;
}

/** When the other device has come, the new folder is offered to it at once: that is what it was invited for. */
function InviteStep({ folder, onDone }: InviteStepProps): ReactNode {
  const { devices } = useStatus();
  const share = useAction('folder.share');
  const guest = devices[0];
  const finish = async (): Promise<void> => {
    if (guest !== undefined && folder !== undefined) {
      const shared = await share.run({ folder, device: guest.id, role: 'writer' });
      if (shared === undefined) return;
    }
    goTo('folders');
    onDone();
  };
  return (
    <>
      <Group>
        <div className="dialog">
          <InviteCard />
        </div>
      </Group>
      {share.error !== undefined && <Notice kind="bad">{share.error.text}</Notice>}
      <div className="welcome-foot">
        <span />
        <Button kind={guest === undefined ? 'quiet' : 'primary'} onPress={() => void finish()} isDisabled={share.isBusy}>
          {guest === undefined ? 'Later' : `Share the folder with ${guest.name}`}
        </Button>
      </div>
    </>
  );
}

function OffersStep({ onDone }: { readonly onDone: () => void }): ReactNode {
  const { folders, devices } = useStatus();
  const { data } = useResource('folder.offers', {});
  const [accepting, setAccepting] = useState<Offer>();
  const offers = data?.offers ?? [];
  return (
    <>
      {devices[0] !== undefined && <Notice kind="good">Paired with {devices[0].name}.</Notice>}
      <Group>
        {offers.map((offer) => (
          <Row
            key={offer.folder}
            icon={FolderInput}
            wraps
            title={offer.name}
            note={`From ${offer.fromName}`}
            end={
              <Button kind="primary" onPress={() => setAccepting(offer)} label={`Accept ${offer.name}`}>
                Accept…
              </Button>
            }
          />
        ))}
        {folders.map((folder) => (
          <Row key={folder.id} icon={CircleCheck} title={folder.name} note={folder.path} />
        ))}
        {offers.length === 0 && folders.length === 0 && <Row title="Nothing is shared yet" note="Choose Share on the other device." />}
      </Group>
      <div className="welcome-foot">
        <span />
        <Button
          kind={folders.length > 0 ? 'primary' : 'quiet'}
          onPress={() => {
            goTo('folders');
            onDone();
          }}
        >
          {folders.length > 0 ? 'Done' : 'Later'}
        </Button>
      </div>
      {accepting !== undefined && <AcceptDialog offer={accepting} onClose={() => setAccepting(undefined)} />}
    </>
  );
}
