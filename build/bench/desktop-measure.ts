import type { Stage } from './contender.ts';
import { measureDesktopFile } from './desktop-file.ts';
import { measureDesktopIdle } from './desktop-idle.ts';
import { measureDesktopLists } from './desktop-lists.ts';
import type { DesktopRowId } from './desktop-row-ids.ts';
import type { GaugeValues } from './desktop-rows.ts';
import { DesktopStage } from './desktop-stage.ts';
import { measureDesktopStart } from './desktop-start.ts';
import type { GaugeMeasurement } from './results.ts';

const measures: Readonly<Record<DesktopRowId, (desktop: DesktopStage) => Promise<GaugeValues>>> = {
  'desktop-file': measureDesktopFile,
  'desktop-start': measureDesktopStart,
  'desktop-idle': measureDesktopIdle,
  'desktop-lists': measureDesktopLists,
};

/** Measures one row about the desktop program on devices made for it. The bundles are built. */
export async function measureDesktopRow(row: DesktopRowId, stage: Stage): Promise<GaugeMeasurement> {
  const values = await DesktopStage.with(stage, measures[row]);
  return { values: Object.fromEntries([...values].map(([{ id }, value]) => [id, value])) };
}
