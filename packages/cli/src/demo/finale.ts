import { fromJsonCells } from "../input/api-cells.ts";
import { fromCell } from "../input/cells.ts";
import { tableLines } from "../print/table.ts";
import { words } from "../words/catalogue.ts";
import type { Stage } from "./stage.ts";

/** One field of the record as each company has it. */
export interface FinaleRow {
  readonly facet: string;
  readonly field: string;
  /** By company: a value it reads, or the beginning of the ciphertext on its disk. */
  readonly cells: readonly { readonly readable: boolean; readonly text: string }[];
}

const hexDigits = 12;

/** The same record as every company sees it. */
export async function sameRecord(stage: Stage): Promise<readonly FinaleRow[]> {
  const views = await Promise.all(stage.companies.map(({ handle }) => viewOf(stage, handle)));
  const rows: FinaleRow[] = [];
  for (const [facetIndex, [facet, fields]] of [...stage.data.facets].entries()) {
    for (const field of fields) {
      const cells = views.map(({ values, heads }) => {
        const value = values.get(field);
        if (value !== undefined) return { readable: true, text: value };
        return { readable: false, text: `${(heads[facetIndex] ?? "").slice(0, hexDigits)}…` };
      });
      rows.push({ facet, field, cells });
    }
  }
  return rows;
}

interface View {
  readonly values: ReadonlyMap<string, string>;
  /** Beginning of each facet's ciphertext on this company's own disk, in hex. */
  readonly heads: readonly string[];
}

function viewOf(stage: Stage, handle: string): Promise<View> {
  const { streamId, record, data } = stage;
  return stage.gateway(handle, async (gateway) => {
    const heads: string[] = [];
    for (let facet = 0; facet < data.facets.size; facet += 1) {
      heads.push((await gateway.raw(streamId, record, facet)).head);
    }
    const page = await gateway.records(streamId, { limit: 1 }).catch(() => null);
    const first = page?.items.find((item) => item.record === record);
    if (page === null || first === undefined) return { values: new Map(), heads };
    const cells = fromJsonCells(page.fields, first.cells).map(fromCell);
    const names = page.fields.map(({ name }) => name);
    return { values: new Map(names.map((name, index) => [name, cells[index] ?? ""])), heads };
  });
}

/** The record as a table: fields down, companies across. */
export function finaleLines(stage: Stage, rows: readonly FinaleRow[]): readonly string[] {
  const { demo, sharing } = words();
  const names = stage.companies.map(({ name }) => name);
  const titles = [sharing.facet, sharing.field, ...names];
  const columns = titles.map((title) => ({ title, align: "left" }) as const);
  const cells = rows.map(({ facet, field, cells: own }) => [
    facet,
    field,
    ...own.map(({ readable, text }) => (readable ? text : demo.closed(text))),
  ]);
  return tableLines(columns, cells, { widthMax: null, dress: (text) => text });
}
