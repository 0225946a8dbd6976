/** Metric data queries — metrics and expressions over them — as GetMetricData and alarms with metric math state them. */
import { AwsError } from '../../core/errors.ts';
import { evaluateMath, type MathScope } from './metricMath.ts';
import { readSeries, type Series } from './statistics.ts';
import type { CloudWatchStore, Dimension } from './store.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html */
export interface MetricDataQuery {
  Id: string;
  Expression?: string;
  Label?: string;
  MetricStat?: {
    Metric: { Namespace: string; MetricName: string; Dimensions?: Dimension[] };
    Period: number | string;
    Stat: string;
  };
  Period?: number | string;
  ReturnData?: boolean | string;
}

/** The period that all metrics of the queries share; expressions take it over. */
export function periodOf(queries: readonly MetricDataQuery[]): number {
  const periods = queries.flatMap(({ MetricStat }) => (MetricStat ? [Number(MetricStat.Period)] : []));
  return periods[0] ?? Number(queries.find(({ Period }) => Period !== undefined)?.Period ?? 60);
}

/** Answers the query `id`, from `startSecond` to `endSecond`, exclusive. Throws for an id that is not there. */
export function answerQuery(
  store: CloudWatchStore,
  queries: readonly MetricDataQuery[],
  id: string,
  startSecond: number,
  endSecond: number,
): Series {
  const period = periodOf(queries);
  const answered = new Map<string, Series>();
  const periods: number[] = [];
  for (let time = Math.floor(startSecond / period) * period; time < endSecond; time += period) {
    periods.push(time);
  }

  const answer = (wanted: string, path: readonly string[]): Series => {
    const known = answered.get(wanted);
    if (known) return known;
    const query = queries.find((candidate) => candidate.Id === wanted);
    if (!query || path.includes(wanted)) {
      throw new AwsError(
        'ValidationException',
        `The expression refers to ${wanted}, which is ${query ? 'itself' : 'not there'}.`,
      );
    }
    const series = query.MetricStat
      ? metric(query.MetricStat)
      : expression(query.Expression ?? '', [...path, wanted]);
    answered.set(wanted, series);
    return series;
  };

  const metric = ({ Metric, Stat, Period }: NonNullable<MetricDataQuery['MetricStat']>) =>
    readSeries(
      store,
      { namespace: Metric.Namespace, name: Metric.MetricName, dimensions: Metric.Dimensions ?? [] },
      Stat,
      Number(Period),
      startSecond,
      endSecond,
    );

  const expression = (text: string, path: readonly string[]): Series => {
    const scope: MathScope = {
      periods,
      series: (wanted) => answer(wanted, path),
      metrics: () => queries.filter(({ MetricStat }) => MetricStat).map(({ Id }) => answer(Id, path)),
    };
    const value = evaluateMath(text, scope);
    if (typeof value === 'number') return new Map(periods.map((time) => [time, value]));
    if (Array.isArray(value))
      throw new AwsError('ValidationException', `The expression '${text}' gives several series.`);
    return value as Series;
  };

  return answer(id, []);
}
