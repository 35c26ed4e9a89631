import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { Focusable, Tooltip, TooltipTrigger } from 'react-aria-components';
import type { Lane, SegmentState } from '../../core/api/index.ts';
import { Group } from '../parts/group.tsx';
import { useResource } from '../state/agent-context.tsx';
import { useNow } from '../state/now.ts';
import { laneGeometry, laneStateText, laneTicks, wakeTexts } from '../words/lane-geometry.ts';

const hours = 24;
const legend: readonly SegmentState[] = ['awake', 'asleep', 'recovering', 'offline', 'off'];

/** Who slept and woke when over the last day, this device first. Left out where the agent does not tell. */
export function Lanes({ only }: { readonly only?: string }): ReactNode {
  const { data } = useResource('lanes', { hours });
  if (data === undefined) return null;
  const lanes = [data.self, ...data.devices].filter((lane) => only === undefined || lane.device === only);
  if (lanes.length === 0) return null;
  return (
    <Group title="Sleep and wake, last 24 hours" foot={<Legend />}>
      <div className="lanes">
        {lanes.map((lane) => (
          <LaneRow key={lane.device} lane={lane} now={data.now} />
        ))}
        <span className="lane-corner" />
        <div className="lane-axis" aria-hidden>
          {laneTicks(data.now, hours).map(({ at, text }) => (
            <span className="lane-tick" key={at} style={{ left: `${at * 100}%`, transform: `translateX(${tickShift(at)}%)` }}>
              {text}
            </span>
          ))}
        </div>
      </div>
    </Group>
  );
}

/** In the middle of its place, except at the ends, where it would stand out. */
function tickShift(at: number): number {
  if (at < 0.03) return 0;
  return at > 0.97 ? -100 : -50;
}

function Legend(): ReactNode {
  return (
    <ul className="legend" aria-label="Colours of the lanes">
      {legend.map((state) => (
        <li className="legend-item" key={state}>
          <span className={`swatch is-${state}`} aria-hidden />
          {laneStateText(state)}
        </li>
      ))}
    </ul>
  );
}

/** A lane; its wakes are one stop of the Tab key, and the arrow keys walk along them. */
function LaneRow({ lane, now }: { readonly lane: Lane; readonly now: string }): ReactNode {
  const present = useNow();
  const id = useId();
  const row = useRef<HTMLDivElement>(null);
  const { bars, marks } = laneGeometry(lane, now, hours);
  const [chosen, setChosen] = useState<number>();
  const current = Math.min(chosen ?? marks.length - 1, marks.length - 1);
  const walk = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowLeft: current - 1, ArrowRight: current + 1, Home: 0, End: marks.length - 1 };
    const next = steps[event.key];
    if (next === undefined || next < 0 || next >= marks.length) return;
    event.preventDefault();
    setChosen(next);
    row.current?.querySelectorAll('button')[next]?.focus();
  };
  return (
    <>
      <div className="clip" id={id} title={lane.name}>
        {lane.name}
      </div>
      <div className="lane" role="group" aria-labelledby={id} ref={row} onKeyDown={walk}>
        <div className="lane-bars" aria-hidden>
          {bars.map(({ state, from, width }) => (
            <span
              key={from}
              className={`lane-bar is-${state}`}
              title={laneStateText(state)}
              style={{ left: `${from * 100}%`, width: `${width * 100}%` }}
            />
          ))}
        </div>
        {marks.map(({ at, wake }, index) => {
          const [title, ...lines] = wakeTexts(wake, present);
          return (
            <TooltipTrigger key={wake.at} delay={80} closeDelay={0}>
              <Focusable>
                <button
                  type="button"
                  className={`lane-wake ${wake.ended === 'interrupted' ? 'is-interrupted' : ''}`}
                  style={{ left: `${at * 100}%` }}
                  tabIndex={index === current ? 0 : -1}
                  aria-label={[title, ...lines].join('. ')}
                  onFocus={() => setChosen(index)}
                />
              </Focusable>
              <Tooltip className="tooltip" offset={6}>
                {[title, ...lines].map((line) => (
                  <p key={line}>{line}</p>
                ))}
              </Tooltip>
            </TooltipTrigger>
          );
        })}
        {marks.length === 0 && <span className="hidden">No wakes in the last 24 hours</span>}
      </div>
    </>
  );
}
