import { type ReactNode, useState } from 'react';
import { Button } from '../parts/button.tsx';
import { Group } from '../parts/group.tsx';
import { TextLine } from '../parts/fields.tsx';
import { useAction, useResource } from '../state/agent-context.tsx';

/** The folder's `.dormouseignore`, to edit. */
export function IgnoreRules({ folder }: { readonly folder: string }): ReactNode {
  const rules = useResource('folder.rules', { folder });
  const save = useAction('folder.setRules');
  const [draft, setDraft] = useState<string>();
  // A folder that stands still has no rules to read.
  if (rules.data === undefined) return null;
  const { text } = rules.data;
  const isChanged = draft !== undefined && draft !== text;
  const run = async (): Promise<void> => {
    if ((await save.run({ folder, text: draft ?? text })) === undefined) return;
    setDraft(undefined);
    rules.reload();
  };
  return (
    <Group
      title="Left out"
      foot="The rules are in .dormouseignore and hold on all devices. What they name is neither sent nor removed anywhere."
    >
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <div className="row-text stack-small">
          <TextLine
            label="Patterns, one a line, as in a .gitignore"
            value={draft ?? text}
            onChange={setDraft}
            placeholder={'*.tmp\nbuild/'}
            isMultiline
            error={save.error?.text}
          />
          {isChanged && (
            <div className="dialog-foot">
              <Button onPress={() => setDraft(undefined)}>Undo</Button>
              <Button kind="primary" isSubmit isDisabled={save.isBusy}>
                Save
              </Button>
            </div>
          )}
        </div>
      </form>
    </Group>
  );
}
