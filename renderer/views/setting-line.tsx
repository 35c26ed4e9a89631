import { type ReactNode, useId, useState } from 'react';
import { Choice } from '../parts/fields.tsx';
import { Toggle } from '../parts/toggle.tsx';
import { useAction } from '../state/agent-context.tsx';
import type { SettingRow } from './setting-table.ts';

export type SettingValue = string | number | boolean;

interface SettingLineProps {
  readonly row: SettingRow;
  readonly value: SettingValue;
  /** What it does; empty where the title says it all. */
  readonly note: string;
  readonly onSaved: () => void;
}

/** One setting. What the core refuses stays in the field, with the core's words beside it. */
export function SettingLine({ row, value, note, onSaved }: SettingLineProps): ReactNode {
  const set = useAction('settings.set');
  const id = useId();
  const save = async (next: SettingValue): Promise<boolean> => {
    const done = await set.run({ key: row.key, value: next });
    if (done !== undefined) onSaved();
    return done !== undefined;
  };
  const { control } = row;
  const isTall = control.kind === 'text' && control.isTall === true;
  const error = set.error?.text;
  return (
    <div className={`row setting ${isTall ? 'is-tall' : ''} ${control.kind === 'switch' ? 'is-switch' : ''}`}>
      <div className="row-text">
        <div className="row-title">
          {control.kind === 'text' || control.kind === 'number' ? <label htmlFor={id}>{row.title}</label> : row.title}
        </div>
        {note !== '' && (
          <div className="row-note" id={`${id}-note`}>
            {note}
          </div>
        )}
      </div>
      <div className="setting-control">
        <div className="setting-line">
          {control.kind === 'switch' && (
            <Toggle label={row.title} isOn={value === true} onChange={(isOn) => void save(isOn)} isDisabled={set.isBusy} />
          )}
          {control.kind === 'choice' && (
            <Choice
              label={row.title}
              isLabelHidden
              value={String(value)}
              choices={control.choices}
              onChange={(choice) => void save(choice)}
            />
          )}
          {(control.kind === 'text' || control.kind === 'number') && (
            <Entry id={id} row={row} value={String(value)} isWrong={error !== undefined} onSave={save} onReset={set.reset} />
          )}
        </div>
        {error !== undefined && (
          <p className="field-error" role="alert" id={`${id}-error`}>
            {error}
          </p>
        )}
      </div>
    </div>
  );
}

interface EntryProps {
  readonly id: string;
  readonly row: SettingRow;
  readonly value: string;
  readonly isWrong: boolean;
  readonly onSave: (value: string) => Promise<boolean>;
  readonly onReset: () => void;
}

/** A typed value: saved with Enter or when the field is left, taken back with Escape. */
function Entry({ id, row, value, isWrong, onSave, onReset }: EntryProps): ReactNode {
  const [draft, setDraft] = useState<string>();
  const { control } = row;
  const commit = async (): Promise<void> => {
    if (draft === undefined) return;
    if (draft === value || (await onSave(draft))) setDraft(undefined);
  };
  const shared = {
    id,
    value: draft ?? value,
    spellCheck: false,
    autoComplete: 'off',
    'aria-invalid': isWrong,
    'aria-describedby': isWrong ? `${id}-note ${id}-error` : `${id}-note`,
    onBlur: () => void commit(),
  };
  const take = (next: string): void => {
    setDraft(next);
    onReset();
  };
  const undo = (key: string): void => {
    if (key !== 'Escape' || draft === undefined) return;
    setDraft(undefined);
    onReset();
  };
  if (control.kind === 'text' && control.isTall === true)
    return <textarea {...shared} className="input" onChange={(event) => take(event.target.value)} onKeyDown={(event) => undo(event.key)} />;
  return (
    <>
      <input
        {...shared}
        type="text"
        className={`input ${control.kind === 'number' ? 'is-number' : ''}`}
        {...(control.kind === 'number' ? { inputMode: 'numeric' as const } : {})}
        onChange={(event) => take(event.target.value)}
        onKeyDown={(event) => (event.key === 'Enter' ? void commit() : undo(event.key))}
      />
      {control.kind === 'number' && <span className="soft small setting-unit">{control.unit}</span>}
    </>
  );
}
