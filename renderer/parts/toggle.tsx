import type { ReactNode } from 'react';
import { Switch } from 'react-aria-components';

interface ToggleProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly isDisabled?: boolean;
}

/** A switch; its label is for those who do not see what stands beside it. */
export function Toggle({ label, isOn, onChange, isDisabled = false }: ToggleProps): ReactNode {
  return (
    <Switch className="switch" aria-label={label} isSelected={isOn} onChange={onChange} isDisabled={isDisabled}>
      <span className="switch-track" aria-hidden />
    </Switch>
  );
}
