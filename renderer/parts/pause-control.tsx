import { Pause, Play } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import type { PauseStatus } from '../../core/api/index.ts';
import { useAction } from '../state/agent-context.tsx';
import { Button } from './button.tsx';

const hourMs = 3_600_000;

/** Until when a person may want to pause; null: until it is taken back. */
const choices: readonly (readonly [text: string, until: (now: Date) => Date | null])[] = [
  ['For an hour', (now) => new Date(now.getTime() + hourMs)],
  ['Until tomorrow morning', tomorrowMorning],
  ['Until I resume it', () => null],
];

/** Pauses all syncing for a while, and takes it back. */
export function PauseControl({ pause }: { readonly pause: PauseStatus | null | undefined }): ReactNode {
  const pauseAll = useAction('pause');
  const unpause = useAction('unpause');
  // An agent that does not know of it has no such member.
  if (pause === undefined) return null;
  if (pause?.by === 'person')
    return (
      <Button icon={Play} kind="quiet" onPress={() => void unpause.run({})} isDisabled={unpause.isBusy}>
        Resume syncing
      </Button>
    );
  return (
    <MenuTrigger>
      <AriaButton className="button is-quiet" isDisabled={pauseAll.isBusy}>
        <Pause size={16} aria-hidden />
        Pause syncing…
      </AriaButton>
      <Popover className="menu-popover" placement="top start">
        <Menu className="menu" aria-label="Pause syncing" onAction={(index) => void pauseAll.run({ until: untilOf(Number(index)) })}>
          {choices.map(([text], index) => (
            <MenuItem className="menu-item" key={text} id={String(index)}>
              {text}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function untilOf(index: number): string | null {
  return choices[index]?.[1](new Date())?.toISOString() ?? null;
}

function tomorrowMorning(now: Date): Date {
  const morning = new Date(now);
  morning.setDate(morning.getDate() + 1);
  morning.setHours(8, 0, 0, 0);
  return morning;
}
