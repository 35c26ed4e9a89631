import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton, Tooltip, TooltipTrigger } from 'react-aria-components';

interface ButtonProps {
  readonly children: ReactNode;
  readonly onPress?: () => void;
  readonly icon?: LucideIcon;
  readonly kind?: 'primary' | 'danger' | 'quiet';
  readonly isDisabled?: boolean;
  readonly isSubmit?: boolean;
  readonly label?: string;
  readonly autoFocus?: boolean;
}

export function Button({
  children,
  onPress,
  icon: Icon,
  kind,
  isDisabled = false,
  isSubmit = false,
  label,
  autoFocus,
}: ButtonProps): ReactNode {
  return (
    <AriaButton
      className={`button ${kind === undefined ? '' : `is-${kind}`}`}
      type={isSubmit ? 'submit' : 'button'}
      isDisabled={isDisabled}
      {...(onPress === undefined ? {} : { onPress })}
      {...(label === undefined ? {} : { 'aria-label': label })}
      {...(autoFocus === undefined ? {} : { autoFocus })}
    >
      {Icon !== undefined && <Icon size={16} aria-hidden />}
      {children}
    </AriaButton>
  );
}

interface IconButtonProps {
  /** What it does, for the tooltip and for those who do not see the icon. */
  readonly label: string;
  readonly icon: LucideIcon;
  readonly onPress: () => void;
  readonly isDisabled?: boolean;
}

export function IconButton({ label, icon: Icon, onPress, isDisabled = false }: IconButtonProps): ReactNode {
  return (
    <TooltipTrigger delay={500}>
      <AriaButton className="button is-quiet is-icon" aria-label={label} onPress={onPress} isDisabled={isDisabled}>
        <Icon size={17} aria-hidden />
      </AriaButton>
      <Tooltip className="tooltip" offset={6}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  );
}
