import { ChevronDown, FolderOpen } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { useAgent } from '../state/agent-context.tsx';
import { Button } from './button.tsx';

interface TextLineProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly note?: string;
  readonly error?: string | undefined;
  readonly placeholder?: string;
  readonly isMultiline?: boolean;
  readonly maxLength?: number;
  readonly autoFocus?: boolean;
  readonly end?: ReactNode;
}

/** A text with its label above and what is wrong with it below. */
export function TextLine(props: TextLineProps): ReactNode {
  const { label, value, onChange, note, error, placeholder, isMultiline = false, maxLength, autoFocus = false, end } = props;
  const id = useId();
  const shared = {
    id,
    className: 'input',
    value,
    placeholder,
    maxLength,
    autoFocus,
    spellCheck: false,
    autoComplete: 'off',
    'aria-invalid': error !== undefined,
    'aria-describedby': `${id}-note`,
  };
  return (
    <div className="field">
      <label className="label" htmlFor={id}>
        {label}
      </label>
      <div className="input-line">
        {isMultiline ? (
          <textarea {...shared} onChange={(event) => onChange(event.target.value)} />
        ) : (
          <input {...shared} type="text" onChange={(event) => onChange(event.target.value)} />
        )}
        {end}
      </div>
      <div id={`${id}-note`} className={note === undefined && error === undefined ? 'hidden' : 'stack-small'}>
        {error !== undefined && (
          <p className="field-error" role="alert">
            {error}
          </p>
        )}
        {note !== undefined && <p className="soft small">{note}</p>}
      </div>
    </div>
  );
}

interface PathLineProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly note?: string;
  readonly error?: string | undefined;
}

/** A path on this machine: typed in a browser, chosen in the desktop program. */
export function PathLine(props: PathLineProps): ReactNode {
  const { desktop } = useAgent().connection;
  const choose = async (): Promise<void> => {
    const path = await desktop?.ask('pick-folder', { title: props.label });
    if (path !== undefined && path !== null) props.onChange(path);
  };
  const end =
    desktop === undefined ? undefined : (
      <Button icon={FolderOpen} onPress={() => void choose()}>
        Choose…
      </Button>
    );
  return <TextLine {...props} placeholder="~/Documents" end={end} autoFocus />;
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly (readonly [value: T, text: string])[];
  readonly onChange: (value: T) => void;
  /** Where the label is already beside it. */
  readonly isLabelHidden?: boolean;
}

/** One of a few: the system's own list. */
export function Choice<T extends string>({ label, value, choices, onChange, isLabelHidden = false }: ChoiceProps<T>): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label className={isLabelHidden ? 'hidden' : 'label'} htmlFor={id}>
        {label}
      </label>
      <span className="select">
        <select id={id} value={value} onChange={(event) => onChange(event.target.value as T)}>
          {choices.map(([choice, text]) => (
            <option key={choice} value={choice}>
              {text}
            </option>
          ))}
        </select>
        <ChevronDown size={15} aria-hidden />
      </span>
    </div>
  );
}
