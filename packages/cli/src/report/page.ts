import type { Company, Stream } from "@tegata/gateway/client";
import { headerText } from "../input/header.ts";
import { dateTime } from "../print/human.ts";
import { language, words } from "../words/catalogue.ts";
import { chartSvg } from "./chart-svg.ts";
import type { FieldChart, Gathered } from "./gather.ts";
import { Html, html } from "./html.ts";
import { type AccessMatrix, matrixTables } from "./matrix.ts";
import type { KeptProof } from "./proof-files.ts";
import { batchesOf, provenanceTable } from "./provenance.ts";
import { rowsTables } from "./rows-table.ts";
import { style } from "./style.ts";

/** Everything that stands on a page. */
export interface ReportPage {
  readonly network: { readonly id: string; readonly name: string };
  /** The company that asked. */
  readonly company: Company;
  readonly stream: Stream;
  /** How the stream is called at this company. */
  readonly label: string;
  readonly madeMs: number;
  readonly zone: string;
  readonly gathered: Gathered;
  readonly access: AccessMatrix;
  readonly proofs: readonly KeptProof[];
  /** Name of the folder of the proof files, beside the page. */
  readonly folder: string;
  /** The command that writes all rows, those left out too. */
  readonly allRows: string;
  /** The command that checks a proof file of this page; null where there is none. */
  readonly verify: string | null;
}

/** Nothing is loaded, run or sent, whatever the values say. Source: Content Security Policy Level 3. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** A page that stands alone: it loads nothing, and runs nothing. */
export function reportPage(page: ReportPage): string {
  const { report } = words();
  const { label, gathered, proofs, zone } = page;
  const body = html`<!doctype html>
<html lang="${language()}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${report.title(label)}</title>
<style>${new Html([style], [])}</style>
</head>
<body>
${heading(page)}
<main>
<section id="access">
<h2>${page.stream.mine ? report.whoReads : report.whatYouRead}</h2>
<p class="note">${page.stream.mine ? report.ownerReads(page.stream.owner.name) : report.asFarAsTold(page.stream.owner.name)}</p>
${matrixTables(page.access, zone)}
</section>
${charts(page)}
${rows(page)}
<section id="provenance">
<h2>${report.provenance}</h2>
<p>${report.writtenBy(page.stream.owner.name, page.stream.owner.handle)}</p>
${provenanceTable(batchesOf([...gathered.first, ...gathered.last], proofs), page.folder, zone)}
${checking(page)}
</section>
</main>
<footer>${report.madeWith(dateTime(page.madeMs, zone), page.network.id)}</footer>
</body>
</html>
`;
  return body.toString();
}

function heading({ network, company, stream, label, madeMs, zone, gathered }: ReportPage): Html {
  const { report, sharing } = words();
  const { span, rowCount } = gathered;
  const observed =
    span === null
      ? report.noRows
      : report.span(dateTime(span.fromMs, zone), dateTime(span.untilMs, zone));
  const facts: readonly (readonly [title: string, text: string, more: string | null])[] = [
    [report.network, network.name, network.id],
    [sharing.owner, stream.owner.name, stream.owner.handle],
    [report.askedBy, company.name, company.handle],
    [report.made, dateTime(madeMs, zone), null],
    [report.observed, observed, null],
    [report.zone, zone, null],
    [report.rowsRead, report.rows(rowCount), null],
    [sharing.category, stream.category, null],
  ];
  return html`<header>
<p class="kicker">${report.kicker}</p>
<h1>${label}</h1>
<dl>${facts.map(
    ([title, text, more]) =>
      html`<div><dt>${title}</dt><dd>${text}${more === null ? null : html`<small>${more}</small>`}</dd></div>
`,
  )}</dl>
<p class="warning">${report.inPlain}</p>
</header>`;
}

function charts({ gathered, zone }: ReportPage): Html {
  const { report } = words();
  return html`<section id="charts">
<h2>${report.charts}</h2>
${gathered.charts.length === 0 ? html`<p class="note">${report.noCharts}</p>` : null}
${gathered.charts.map((chart) => figure(chart, zone))}
${gathered.chartsLeftOut === 0 ? null : html`<p class="note">${report.chartsLeftOut(gathered.chartsLeftOut)}</p>`}
</section>`;
}

function figure({ field, envelope }: FieldChart, zone: string): Html {
  const { report, chart } = words();
  const { lowest, highest, valueCount, missingCount, beyondCount } = envelope;
  const unit = field.unit === null ? null : html` <small>[${field.unit}]</small>`;
  const ends =
    lowest === null || highest === null
      ? null
      : html`<p><span>${report.lowest(lowest.text, dateTime(lowest.timeMs, zone), lowest.record)}</span>
<span>${report.highest(highest.text, dateTime(highest.timeMs, zone), highest.record)}</span></p>`;
  const notes = [
    report.values(valueCount),
    ...(missingCount === 0 ? [] : [chart.missing(missingCount)]),
    ...(beyondCount === 0 ? [] : [chart.beyond(beyondCount)]),
  ];
  return html`<figure>
<figcaption><h3>${field.name}${unit} <small>${field.facet}</small></h3><p>${notes.join(" ")}</p>${ends}</figcaption>
${chartSvg(envelope, headerText(field), zone)}
</figure>
`;
}

function rows({ gathered, zone, allRows }: ReportPage): Html {
  const { report } = words();
  const { rowCount, first, last, fieldsLeftOut } = gathered;
  const shown = first.length + last.length;
  return html`<section id="rows">
<h2>${report.rowsTitle}</h2>
<p class="note">${report.shown(shown, rowCount)}${fieldsLeftOut === 0 ? null : ` ${report.fieldsLeftOut(fieldsLeftOut)}`}</p>
${shown < rowCount || fieldsLeftOut > 0 ? html`<p class="note">${report.getAll}</p><code>${allRows}</code>` : null}
${shown === 0 ? null : rowsTables(gathered, zone)}
</section>`;
}

function checking({ proofs, folder, verify }: ReportPage): Html {
  const { report } = words();
  if (verify === null) return html`<p class="note">${report.noProofs}</p>`;
  return html`<p>${report.howToCheck(proofs.length, folder)}</p>
<code>${verify}</code>
<p class="note">${report.whatProves}</p>`;
}
