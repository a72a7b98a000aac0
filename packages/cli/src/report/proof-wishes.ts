import type { Stream, StreamRecord } from "@tegata/gateway/client";
import type { Gathered } from "./gather.ts";
import { reportLimits } from "./limits.ts";

/** A proof that is to lie beside a page: of a row of a facet, or of one field of it. */
export interface ProofWish {
  readonly record: string;
  readonly facet: string;
  /** null for a facet that discloses whole rows. */
  readonly field: string | null;
}

/**
 * What a page needs proofs of, the most telling first: the lowest and highest value of every chart, then each
 * batch of which rows are shown by its first one, in every facet that can be read there.
 */
export function proofWishes(gathered: Gathered, stream: Stream): readonly ProofWish[] {
  const wishes = new Map<string, ProofWish>();
  const wish = (record: string, facet: string, field: string): void => {
    const disclosure = stream.facets.find(({ name }) => name === facet)?.disclosure;
    const made = { record, facet, field: disclosure === "field" ? field : null };
    wishes.set(JSON.stringify(made), made);
  };
  for (const { field, envelope } of gathered.charts) {
    for (const point of [envelope.lowest, envelope.highest]) {
      if (point !== null) wish(point.record, field.facet, field.name);
    }
  }
  for (const record of firstOfBatches([...gathered.first, ...gathered.last])) {
    const facets = new Set<string>();
    for (const { name, facet } of gathered.fields) {
      if (facets.has(facet) || !Object.hasOwn(record.cells, name)) continue;
      facets.add(facet);
      wish(record.record, facet, name);
    }
  }
  return [...wishes.values()].slice(0, reportLimits.proofsMax);
}

/** The batch of a record: `1204.0` of `1204.0.17`. */
export function batchOf(record: string): string {
  return record.slice(0, record.lastIndexOf("."));
}

function firstOfBatches(records: readonly StreamRecord[]): readonly StreamRecord[] {
  const first = new Map<string, StreamRecord>();
  for (const record of records) {
    const batch = batchOf(record.record);
    if (!first.has(batch)) first.set(batch, record);
  }
  return [...first.values()];
}
