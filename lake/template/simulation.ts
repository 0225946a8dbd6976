/** Sensors in a house: readings and the sensors' places from a seed, and the right answers to the study's questions. */
import {
  createRandom,
  type SimulatedEvent,
  type SimulatedFile,
  type Simulation,
  type SimulationOptions,
} from 'headwaters/simulator';

const DAY = 86_400_000;
const PLACES = ['Attic', 'Cellar', 'Hall', 'Roof'];
const SENSORS = Array.from({ length: 12 }, (_, i) => ({
  id: `s${i + 1}`,
  place: PLACES[i % PLACES.length]!,
}));

interface Reading {
  readonly sensor_id: string;
  readonly value: number;
}

function simulate({ seed, events, now, days }: SimulationOptions) {
  const random = createRandom(seed);
  const times = Array.from({ length: events }, () => now - random.integer(1, days * DAY)).sort(
    (a, b) => a - b,
  );
  const readings: SimulatedEvent[] = times.map((time, i) => {
    const sensor = SENSORS[random.integer(0, SENSORS.length - 1)]!;
    const id = `r${i + 1}`;
    return {
      source: 'readings',
      id: `${seed}-${id}`,
      time,
      subject: sensor.id,
      data: {
        reading_id: `${seed}-${id}`,
        sensor_id: sensor.id,
        measured_at: new Date(time).toISOString(),
        value: random.integer(0, 4_000) / 100,
      },
    };
  });
  const body = ['sensor_id,place', ...SENSORS.map(({ id, place }) => `${id},${place}`)].join('\n');
  return { files: [{ source: 'sensors', name: 'sensors.csv', body: `${body}\n` }], events: readings };
}

function expectedAnswers(_files: readonly SimulatedFile[], events: readonly SimulatedEvent[]) {
  const readings = events.map(({ data }) => data as unknown as Reading);
  const values = readings.map(({ value }) => value);
  const places = new Map(SENSORS.map(({ id, place }) => [id, place]));
  const byPlace = Map.groupBy(readings, ({ sensor_id }) => places.get(sensor_id)!);
  return {
    overview: [
      {
        readings: String(readings.length),
        sensors: String(new Set(readings.map(({ sensor_id }) => sensor_id)).size),
        lowest: values.length > 0 ? Math.min(...values).toFixed(2) : null,
        highest: values.length > 0 ? Math.max(...values).toFixed(2) : null,
      },
    ],
    by_place: [...byPlace.keys()].sort().map((place) => {
      const own = byPlace.get(place)!.map(({ value }) => value);
      return { place, readings: String(own.length), highest: Math.max(...own).toFixed(2) };
    }),
  };
}

export default { simulate, expectedAnswers } satisfies Simulation;
