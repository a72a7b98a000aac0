// Single faults of a seed by name, so that they can be left out one by one.
import { quiet, type Swarm } from "./swarm.ts";

const nowhere: Partial<Swarm> = { ...quiet, signDelayMs: 0, applyDelayMs: 0 };

type Value = Swarm[keyof Swarm];

function entriesOf(swarm: Swarm): readonly (readonly [key: string, value: Value])[] {
  return Object.entries(swarm) as readonly (readonly [string, Value])[];
}

/** The elements of a list of faults; null where the fault is one value. */
function partsOf(value: Value): readonly unknown[] | null {
  return Array.isArray(value) ? value : null;
}

function neutralOf(key: string): unknown {
  return (nowhere as Readonly<Record<string, unknown>>)[key];
}

/** Names of all faults: `loss`, or `crashes:1` for the second of several. */
export function faultsOf(swarm: Swarm): readonly string[] {
  return entriesOf(swarm).flatMap(([key, value]) => {
    const parts = partsOf(value);
    if (parts !== null) return parts.map((_, at) => `${key}:${at}`);
    const neutral = neutralOf(key);
    return neutral === undefined || neutral === value ? [] : [key];
  });
}

/** Whether a seed may have a fault of this name. */
export function isFaultName(name: string): boolean {
  const [kind = "", place] = name.split(":");
  const neutral = Object.hasOwn(nowhere, kind) ? neutralOf(kind) : undefined;
  return neutral !== undefined && Array.isArray(neutral) === (place !== undefined);
}

function reduced(key: string, value: Value, without: ReadonlySet<string>): unknown {
  const parts = partsOf(value);
  if (parts === null) return without.has(key) ? neutralOf(key) : value;
  return parts.filter((_, at) => !without.has(`${key}:${at}`));
}

/** The same seed without some of its faults; names that mean nothing to it are passed over. */
export function withoutFaults(swarm: Swarm, names: readonly string[]): Swarm {
  const without = new Set(names);
  const entries = entriesOf(swarm).map(([key, value]) => [key, reduced(key, value, without)]);
  return Object.fromEntries(entries) as Swarm;
}
