/** What the demo publishes: a CSV file, its facets, and how the demo calls it. */
export interface DataSet {
  /** Name of the file in the folder of the demo. */
  readonly file: string;
  readonly csv: string;
  readonly rowCount: number;
  /** Options of `streams create` and `submit` that belong to this file. */
  readonly createOptions: readonly string[];
  readonly submitOptions: readonly string[];
  /** Fields by facet; the facets `status` and `quality` are granted, the others are not. */
  readonly facets: ReadonlyMap<string, readonly string[]>;
  /** Field of the facet `quality` that is proven at the end. */
  readonly provenField: string;
  readonly origin:
    | { readonly type: "simulated"; readonly seed: number }
    | { readonly type: "file"; readonly name: string; readonly synthetic: boolean };
  /** Rows in the same form that come later; `first` is the number of the first. */
  later(first: number, count: number, startMs: number): string;
}

const header =
  "shot_at,shot,force [kN],strokes [1/min],oil_temperature [C],oil_pressure [bar],vibration [mm/s],state,thickness [mm],burr [um],verdict";
const facets: ReadonlyMap<string, readonly string[]> = new Map([
  ["process", ["shot_at", "shot", "force", "strokes"]],
  ["status", ["oil_temperature", "oil_pressure", "vibration", "state"]],
  ["quality", ["thickness", "burr", "verdict"]],
]);
const stepMs = 30_000;

/** A press in the two hours before now, the same for the same seed but for its times. */
export function simulatedPress(nowMs: number, rowCount: number, seed: number): DataSet {
  const startMs = nowMs - (rowCount + 2) * stepMs;
  const rows = (first: number, count: number, fromMs: number): string => {
    const random = randomFrom(seed + first);
    const lines = Array.from({ length: count }, (_, index) => {
      return shot(first + index, fromMs + index * stepMs, random);
    });
    return `${[header, ...lines].join("\n")}\n`;
  };
  const facetOptions = [...facets].flatMap(([name, fields]) => ["--facet", `${name}=${fields}`]);
  return {
    file: "shots.csv",
    csv: rows(1, rowCount, startMs),
    rowCount,
    createOptions: [...facetOptions, "--disclosure", "quality=field"],
    submitOptions: ["--time", "shot_at"],
    facets,
    provenField: "thickness",
    origin: { type: "simulated", seed },
    later: rows,
  };
}

/** One stroke: the die wears, the oil warms up, and now and then a part is not good. */
function shot(number: number, timeMs: number, random: () => number): string {
  const wear = (number % 400) / 400;
  const noise = (scale: number): number => (random() + random() + random() - 1.5) * scale;
  const force = 1_840 + wear * 25 + noise(12);
  const strokes = 38 + noise(0.8);
  const temperature = 48 + 6 * Math.sin(number / 70) + wear * 4 + noise(0.6);
  const pressure = 182 - (temperature - 48) * 0.6 + noise(1.5);
  const vibration = 2.1 + wear * 1.4 + Math.abs(noise(0.5));
  const thickness = 1.2 + wear * 0.012 + noise(0.008);
  const burr = 14 + wear * 22 + Math.abs(noise(6));
  const state = vibration > 3.6 ? "check" : "run";
  const isGood = Math.abs(thickness - 1.2) < 0.02 && burr < 38;
  return [
    new Date(timeMs).toISOString(),
    number,
    force.toFixed(1),
    strokes.toFixed(1),
    temperature.toFixed(1),
    pressure.toFixed(1),
    vibration.toFixed(2),
    state,
    thickness.toFixed(3),
    burr.toFixed(1),
    isGood ? "ok" : "rework",
  ].join(",");
}

/** Numbers from 0 to 1 that follow from a seed. Source: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
