import type { StreamRecord } from "@tegata/gateway/client";
import { dateTime } from "../print/human.ts";
import { words } from "../words/catalogue.ts";
import { type Html, html } from "./html.ts";
import type { KeptProof } from "./proof-files.ts";
import { batchOf } from "./proof-wishes.ts";
import { batchAnchor } from "./rows-table.ts";

/** The rows that came to the ledger together: where, and what proves it. */
export interface Batch {
  /** `<height>.<index>`, as their records begin. */
  readonly batch: string;
  readonly height: number;
  /** Rows of it that the page shows. */
  readonly rowsShown: number;
  readonly proofs: readonly KeptProof[];
}

/** The batches of the rows that a page shows, and of the values it names, in the order of the ledger. */
export function batchesOf(
  records: readonly StreamRecord[],
  proofs: readonly KeptProof[],
): readonly Batch[] {
  const shown = Map.groupBy(records, ({ record }) => batchOf(record));
  const proven = Map.groupBy(proofs, ({ record }) => batchOf(record));
  const places = new Set([...shown.keys(), ...proven.keys()]);
  const order = (batch: string): readonly number[] => batch.split(".").map(Number);
  return [...places]
    .map((batch) => ({
      batch,
      height: order(batch)[0] ?? 0,
      rowsShown: shown.get(batch)?.length ?? 0,
      proofs: proven.get(batch) ?? [],
    }))
    .sort((a, b) => {
      return a.height - b.height || (order(a.batch)[1] ?? 0) - (order(b.batch)[1] ?? 0);
    });
}

/** Where every shown row comes from; `folder` is that of the proof files, as the page names it. */
export function provenanceTable(batches: readonly Batch[], folder: string, zone: string): Html {
  const { report } = words();
  return html`<div class="scroll"><table class="batches">
<thead><tr><th scope="col">${report.batch}</th><th scope="col">${report.block}</th><th scope="col">${report.inBlock}</th><th scope="col">${report.signedBy}</th><th scope="col" class="number">${report.rowsShown}</th><th scope="col">${report.proofFiles}</th></tr></thead>
<tbody>${batches.map((batch) => batchRow(batch, folder, zone))}</tbody></table></div>`;
}

function batchRow(batch: Batch, folder: string, zone: string): Html {
  const { report } = words();
  const [proof] = batch.proofs;
  const files = batch.proofs.map(
    ({ file }) =>
      html`<a class="file" href="${encodeURIComponent(folder)}/${encodeURIComponent(file)}">${file}</a>`,
  );
  return html`<tr id="${batchAnchor(batch.batch)}"><th scope="row">${batch.batch}</th><td class="number">${batch.height}</td>${
    proof === undefined
      ? html`<td class="absent" colspan="2">${report.noProof}</td>`
      : html`<td class="time">${dateTime(proof.checked.facts.blockTimeMs, zone)}</td><td>${signers(proof)}</td>`
  }<td class="number">${batch.rowsShown}</td><td>${files}</td></tr>
`;
}

function signers({ checked: { signers: signed, companyCount } }: KeptProof): string {
  const names = signed.map(({ name }) => name).join(", ");
  return words().report.signers(signed.length, companyCount, names);
}
