import type { ReactNode } from 'react';
import { formatBytes, formatDuration, formatMany, formatRate, type BlockMap, type TransferStatus } from '../../core/api/index.ts';
import { Progress } from '../parts/said.tsx';
import { useStatus } from '../state/agent-context.tsx';
import { sourceColours, stripSegments, stripText } from '../words/block-strip.ts';

const secondMs = 1000;

/** A file on its way: how far it is, and which part comes from whom. */
export function TransferCard({ transfer }: { readonly transfer: TransferStatus }): ReactNode {
  const { devices, folders } = useStatus();
  const colours = sourceColours(devices.map(({ id }) => id));
  const folder = folders.find(({ id }) => id === transfer.folder);
  const { blocks } = transfer;
  return (
    <article className="transfer" aria-label={transfer.path}>
      <div className="transfer-head">
        <span className="clip" title={transfer.path}>
          {transfer.path}
        </span>
        <span className="soft small">{rateText(transfer)}</span>
      </div>
      {blocks === undefined ? (
        <Progress part={transfer.bytes === 0 ? 1 : transfer.done / transfer.bytes} label={transfer.path} />
      ) : (
        <BlockStrip blocks={blocks} colours={colours} />
      )}
      <ul className="legend" aria-label="Where it comes from">
        <li className="legend-item">
          {formatBytes(transfer.done)} of {formatBytes(transfer.bytes)}
          {folder === undefined ? '' : ` · ${folder.name}`}
        </li>
        {transfer.sources.map(({ device, blocks: count, overdue }) => (
          <li className="legend-item" key={device}>
            <span className={`swatch source-${colours.get(device) ?? 0}`} aria-hidden />
            <span className="clip">
              {devices.find(({ id }) => id === device)?.name ?? 'a device'}: {formatMany(count, 'block')}
            </span>
            {overdue > 0 && <span className="tone-warn">{overdue} overdue</span>}
          </li>
        ))}
        {transfer.hedges > 0 && (
          <li className="legend-item">
            <span className="swatch is-overdue" aria-hidden />
            {formatMany(transfer.hedges, 'block')} asked twice
          </li>
        )}
      </ul>
    </article>
  );
}

interface BlockStripProps {
  readonly blocks: BlockMap;
  readonly colours: ReadonlyMap<string, number>;
}

/** All blocks of a file from its begin to its end. */
function BlockStrip({ blocks, colours }: BlockStripProps): ReactNode {
  return (
    <div className="strip" role="img" aria-label={stripText(blocks)} title={stripText(blocks)}>
      {stripSegments(blocks, colours).map(({ state, colour, from, width }) => (
        <span
          key={from}
          className={`strip-segment is-${state} ${colour === undefined ? '' : `source-${colour}`}`}
          style={{ left: `${from * 100}%`, width: `${width * 100}%` }}
        />
      ))}
    </div>
  );
}

function rateText({ rate, bytes, done }: TransferStatus): string {
  if (rate <= 0) return 'Waiting';
  return `${formatRate(rate)} · ${formatDuration(((bytes - done) / rate) * secondMs)} to go`;
}
