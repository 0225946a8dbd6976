/** Asks what every page shows: the studies and the state of the one at hand. */
import { useEffect } from 'preact/hooks';
import type { Overview } from '../contract/overview.ts';
import { type Asked, useAnswer } from './backend.ts';
import { setLakeTime } from './clock.ts';

export function useOverview(): Asked<Overview> {
  const asked = useAnswer<Overview>('overview');
  const { data } = asked;
  useEffect(() => {
    if (data) setLakeTime(data.now);
  }, [data]);
  return asked;
}

export const studyIn = (overview: Overview | undefined, name: string | undefined) =>
  overview?.studies.find((study) => study.name === name);
