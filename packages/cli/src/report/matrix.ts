import type { Access, Company, Stream } from "@tegata/gateway/client";
import { dateTime } from "../print/human.ts";
import { words } from "../words/catalogue.ts";
import { chunks } from "./chunks.ts";
import { type Html, html } from "./html.ts";

type Reader = Access["mine"][number]["readers"][number];
type Spans = Reader["spans"];

/** What a company may read of a facet. */
interface Cell {
  readonly company: Company;
  readonly spans: Spans;
}

/** Who may read what of a stream, as far as this company is told: facets by companies. */
export interface AccessMatrix {
  readonly companies: readonly Company[];
  readonly facets: readonly {
    readonly name: string;
    readonly fields: readonly string[];
    readonly cells: readonly Cell[];
  }[];
}

/** Companies in one table: more would be cut on paper. */
const companiesInTable = 4;

/** Of an own stream every reader, of another's what this company may read. */
export function accessMatrix(
  stream: Stream,
  access: Access,
  label: string,
  self: Company,
): AccessMatrix {
  const facets = stream.facets.map((facet) => ({
    name: facet.name ?? words().report.closedFacet,
    fields: stream.fields.filter((field) => field.facet === facet.name).map(({ name }) => name),
    cells: stream.mine
      ? access.mine
          .filter((row) => row.stream === label && row.facet === facet.name)
          .flatMap(({ readers }) => cellsOf(readers))
      : facet.readable
        ? [{ company: self, spans: facet.spans }]
        : [],
  }));
  const companies = new Map<string, Company>(stream.mine ? [] : [[self.member, self]]);
  for (const { company } of facets.flatMap(({ cells }) => cells)) {
    companies.set(company.member, company);
  }
  return { companies: [...companies.values()], facets };
}

/** One cell for each company; what was ended is readable up to its end. */
function cellsOf(readers: readonly Reader[]): readonly Cell[] {
  const byMember = Map.groupBy(readers, ({ company }) => company.member);
  return [...byMember.values()].map((entries) => ({
    company: (entries[0] as Reader).company,
    spans: entries.flatMap(({ spans, ended }) => {
      const endMs = ended?.timeMs ?? Number.POSITIVE_INFINITY;
      return spans
        .filter(({ from }) => (from ?? 0) < endMs)
        .map(({ from, until }) => {
          const cut = Math.min(until ?? Number.POSITIVE_INFINITY, endMs);
          return { from, until: Number.isFinite(cut) ? cut : null };
        });
    }),
  }));
}

/** The matrix as tables that fit a sheet of paper. */
export function matrixTables({ companies, facets }: AccessMatrix, zone: string): readonly Html[] {
  const { report, sharing } = words();
  const groups = companies.length === 0 ? [[]] : chunks(companies, companiesInTable);
  return groups.map(
    (group) => html`<div class="scroll"><table class="matrix">
<thead><tr><th scope="col">${sharing.facet}</th><th scope="col">${report.fields}</th>${group.map(
      ({ name, handle }) => html`<th scope="col">${name}<small>${handle}</small></th>`,
    )}</tr></thead>
<tbody>${facets.map(
      ({
        name,
        fields,
        cells,
      }) => html`<tr><th scope="row">${name}</th><td>${fields.join(", ")}</td>${group.map(
        ({ member }) =>
          accessCell(
            cells.find(({ company }) => company.member === member),
            zone,
          ),
      )}</tr>
`,
    )}</tbody></table></div>`,
  );
}

function accessCell(cell: Cell | undefined, zone: string): Html {
  const { report } = words();
  if (cell === undefined || cell.spans.length === 0) {
    return html`<td class="closed">${report.closed}</td>`;
  }
  const lines = cell.spans.map(({ from, until }) => {
    const text = report.readable(timeOrNull(from, zone), timeOrNull(until, zone));
    return html`<span class="span">${text}</span>`;
  });
  return html`<td class="open">${lines}</td>`;
}

function timeOrNull(ms: number | null, zone: string): string | null {
  return ms === null || ms <= 0 ? null : dateTime(ms, zone);
}
