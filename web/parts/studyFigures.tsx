/** A study's declared figures as gauges, each leading to the table that it was read from. */
import type { ComponentChildren } from 'preact';
import { hrefOf } from '../app/location.ts';
import type { AnnouncedFigure, ReadFigure } from '../contract/rows.ts';
import { Gauge, Gauges } from './figures.tsx';
import { layerOf } from './marks.tsx';
import { decimal, percent } from './text.ts';

/** The room of a figure that is on its way. */
export const GaugeRoom = ({ label, source }: AnnouncedFigure) => {
  const [layer, table] = source.split('.');
  return <Gauge layer={layerOf(layer!)} label={label} value={undefined} source={table} />;
};

export function StudyGauges({
  figures,
  label,
  children,
}: {
  figures: readonly ReadFigure[];
  label: string;
  children?: ComponentChildren;
}) {
  return (
    <Gauges label={label}>
      {figures.map(({ name, label: title, value, unit, percent: isShare, source, at }) => {
        const href = hrefOf({ page: 'tables', rest: source.split('.') });
        return (
          <Gauge
            key={name}
            layer={layerOf(source.split('.')[0]!)}
            label={title}
            value={
              value === null ? null : isShare ? percent(Number(value)).replace(' %', '') : decimal(value)
            }
            unit={isShare ? '%' : unit}
            href={href}
            source={
              <a class="num" href={href}>
                {source.split('.')[1]}
              </a>
            }
            at={at}
          />
        );
      })}
      {children}
    </Gauges>
  );
}
