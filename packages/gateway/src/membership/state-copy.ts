import { type StateReader, type TableName, tablePrefix } from "@tegata/ledger/chain";
import { toHex } from "@tegata/ledger/primitives";
import type { NodeClient } from "@tegata/node/client";

/** Some tables of the head state, as they were when they were read. */
export interface StateCopy extends StateReader {
  /** Keys of a table with their values, in key order. */
  entries(table: TableName): readonly (readonly [key: Uint8Array, value: Uint8Array])[];
}

const pageMax = 4_096;
const attemptsMax = 5;

/**
 * Reads whole tables of the head state, all of the same height where the chain rests a moment: the rules
 * can be asked about them. @throws what the node's client throws
 */
export async function copyTables(
  node: NodeClient,
  tables: readonly TableName[],
): Promise<StateCopy> {
  for (let attempt = 1; ; attempt += 1) {
    const pages = await Promise.all(tables.map((table) => readTable(node, table)));
    const heights = new Set(pages.flatMap(({ heights: seen }) => seen));
    if (heights.size > 1 && attempt < attemptsMax) continue;
    const entries = new Map(tables.map((table, index) => [table, pages[index]?.entries ?? []]));
    const values = new Map([...entries.values()].flat().map(([key, value]) => [toHex(key), value]));
    return {
      get: (key) => values.get(toHex(key)) ?? null,
      entries: (table) => entries.get(table) ?? [],
    };
  }
}

async function readTable(node: NodeClient, table: TableName) {
  const entries: (readonly [Uint8Array, Uint8Array])[] = [];
  const heights: number[] = [];
  let after: Uint8Array | null = null;
  for (;;) {
    const page = await node.stateRange(tablePrefix(table), { after, limit: pageMax });
    heights.push(page.height);
    for (const [key, value] of page.entries) {
      entries.push([Uint8Array.from(key), Uint8Array.from(value)]);
    }
    const last = entries.at(-1)?.[0];
    if (!page.more || last === undefined) return { entries, heights };
    after = last;
  }
}
