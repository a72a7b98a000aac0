import type { StreamField, StreamRecord } from "@tegata/gateway/client";
import { fromJsonCells } from "../input/api-cells.ts";
import { type Cell, fromCell, isAbsent } from "../input/cells.ts";
import { isNumeric } from "../input/numeric.ts";
import { dateTime } from "../print/human.ts";
import { words } from "../words/catalogue.ts";
import { chunks } from "./chunks.ts";
import type { Gathered } from "./gather.ts";
import { bounded, type Html, html } from "./html.ts";
import { batchOf } from "./proof-wishes.ts";

/** Fields in one table: more would be cut on paper. */
const fieldsInTable = 6;

/** The rows of a page as tables that fit a sheet of paper; one table for each facet, or several. */
export function rowsTables(gathered: Gathered, zone: string): readonly Html[] {
  const facets = Map.groupBy(gathered.fields, ({ facet }) => facet);
  return [...facets].flatMap(([facet, fields]) =>
    chunks(fields, fieldsInTable).map((group) => rowsTable(gathered, facet, group, zone)),
  );
}

function rowsTable(
  gathered: Gathered,
  facet: string,
  fields: readonly StreamField[],
  zone: string,
): Html {
  const { report, sharing, data } = words();
  const { rowCount, first, last } = gathered;
  const leftOut = rowCount - first.length - last.length;
  const gap = html`<tr class="gap"><td colspan="${fields.length + 2}">${report.between(leftOut)}</td></tr>
`;
  return html`<div class="scroll"><table class="rows">
<caption>${sharing.facet}: ${facet}</caption>
<thead><tr><th scope="col">${data.record}</th><th scope="col">${data.observedTime}</th>${fields.map(title)}</tr></thead>
<tbody>${first.map((record) => row(record, fields, zone))}${leftOut > 0 ? gap : null}${last.map(
    (record) => row(record, fields, zone),
  )}</tbody></table></div>`;
}

function title(field: StreamField): Html {
  const unit = field.unit === null ? null : html` <small>[${field.unit}]</small>`;
  return html`<th scope="col"${isNumeric(field) ? html` class="number"` : null}>${field.name}${unit}</th>`;
}

function row(record: StreamRecord, fields: readonly StreamField[], zone: string): Html {
  const cells = fromJsonCells(fields, record.cells);
  const anchor = batchAnchor(batchOf(record.record));
  return html`<tr><th scope="row"><a href="#${anchor}">${record.record}</a></th><td class="time">${dateTime(record.timeMs, zone)}</td>${cells.map(
    (cell, index) => value(cell, fields[index]),
  )}</tr>
`;
}

function value(cell: Cell, field: StreamField | undefined): Html {
  if (isAbsent(cell)) return html`<td class="absent">·</td>`;
  const text = bounded(fromCell(cell), words().report.moreCharacters);
  if (field !== undefined && isNumeric(field)) return html`<td class="number">${text}</td>`;
  return html`<td>${text}</td>`;
}

/** Where on the page the provenance of a batch stands. */
export function batchAnchor(batch: string): string {
  return `batch-${batch.replace(".", "-")}`;
}
