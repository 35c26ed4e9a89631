import { Check, Copy } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useAgent } from '../state/agent-context.tsx';
import { Button, IconButton } from './button.tsx';

const doneMs = 2000;

interface CopyProps {
  readonly text: string;
  /** What is copied: `Copy path`. */
  readonly label: string;
  readonly isIcon?: boolean;
}

export function CopyButton({ text, label, isIcon = false }: CopyProps): ReactNode {
  const { desktop } = useAgent().connection;
  const [isDone, setDone] = useState(false);
  useEffect(() => {
    if (!isDone) return undefined;
    const timer = setTimeout(() => setDone(false), doneMs);
    return () => clearTimeout(timer);
  }, [isDone]);
  const copy = async (): Promise<void> => {
    try {
      if (desktop === undefined) await navigator.clipboard.writeText(text);
      else await desktop.ask('copy-text', { text });
      setDone(true);
    } catch {
      // The browser did not allow it; the text can be selected.
    }
  };
  const icon = isDone ? Check : Copy;
  if (isIcon) return <IconButton label={isDone ? 'Copied' : label} icon={icon} onPress={() => void copy()} />;
  return (
    <Button icon={icon} onPress={() => void copy()}>
      {isDone ? 'Copied' : label}
    </Button>
  );
}
