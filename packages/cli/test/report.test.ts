import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Company, Stream, StreamField, StreamRecord } from "@tegata/gateway/client";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Envelope } from "../src/chart/envelope.ts";
import { chartSvg } from "../src/report/chart-svg.ts";
import { closeReport, dropReport, openReport } from "../src/report/files.ts";
import { gather } from "../src/report/gather.ts";
import { bounded, html } from "../src/report/html.ts";
import { reportLimits } from "../src/report/limits.ts";
import { accessMatrix, matrixTables } from "../src/report/matrix.ts";
import { type ReportPage, reportPage } from "../src/report/page.ts";
import { proofWishes } from "../src/report/proof-wishes.ts";
import { queryCommand, verifyCommand } from "../src/report/shell-words.ts";
import { temporaryFolder } from "./command-helpers.ts";

const hostile = `"><svg onload=alert(1)>'&\`</title>\u0000\u202e\ud800`;
const startMs = Date.UTC(2026, 10, 21);
const zone = "Asia/Tokyo";

function company(handle: string): Company {
  return { member: handle.padEnd(64, "0"), handle, name: `${handle} 株式会社` };
}

const [kato, toda] = [company("kato"), company("toda")];

function field(name: string, type: StreamField["type"], facet = "load"): StreamField {
  return { name, type, facet, unit: null };
}

function streamOf(fields: readonly StreamField[], some: Partial<Stream> = {}): Stream {
  const facets = [...new Set(fields.map(({ facet }) => facet))];
  return {
    ...{ id: "a".repeat(32), owner: kato, name: "press", mine: true, category: "quality" },
    ...{ epochLength: "1h", kind: "rows", zone, createdHeight: 1, batches: 1, deletedBatches: 0 },
    facets: facets.map((name) => {
      return { name, disclosure: "row" as const, readable: true, endedHeight: null, spans: [] };
    }),
    fields: [...fields],
    ...some,
  };
}

function record(row: number, cells: StreamRecord["cells"], height = 4): StreamRecord {
  return { record: `${height}.0.${row}`, timeMs: startMs + row * 1_000, height, cells };
}

async function* listed<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

async function pageOf(
  fields: readonly StreamField[],
  records: readonly StreamRecord[],
  some: Partial<ReportPage> = {},
): Promise<string> {
  const stream = streamOf(fields);
  const gathered = await gather(listed(records), [...fields], 100, () => undefined);
  return reportPage({
    ...{ network: { id: "e".repeat(64), name: "Chubu" }, company: kato, stream, label: "press" },
    ...{ madeMs: startMs, zone, gathered, proofs: [], folder: "press-proofs" },
    access: accessMatrix(stream, { mine: [], sharedWithMe: [] }, "press", kato),
    ...{ allRows: "tegata query press", verify: null },
    ...some,
  });
}

/** Every tag of a page, without what stands in its attributes. */
function tagsOf(page: string): readonly string[] {
  return [...page.matchAll(/<(?:[^"'<>]|"[^"]*")*>/g)].map(([tag]) =>
    tag.replaceAll(/"[^"]*"/g, '""'),
  );
}

describe("a piece of a page", () => {
  const character = fc.oneof(
    fc.constantFrom(...hostile),
    fc.integer({ min: 0, max: 0x10_ff_ff }).map((code) => String.fromCodePoint(code)),
  );

  test("shows whatever is put into it as text, in elements and in attributes", () => {
    fc.assert(
      fc.property(fc.string({ unit: character }), (text) => {
        const made = html`<p title="${text}">${text}</p>`.toString();
        expect(tagsOf(made)).toEqual(['<p title="">', "</p>"]);
        expect(made.match(/["<>]/g)).toHaveLength(6);
        expect(made).not.toMatch(/\p{Cc}|\p{Bidi_Control}|\p{Cs}/u);
      }),
    );
    expect(html`${hostile}`.toString()).toBe(
      "&quot;&gt;&lt;svg onload=alert(1)&gt;&#39;&amp;&#96;&lt;/title&gt;\\x00\\u{202e}\\u{d800}",
    );
    expect(html`${[html`<b>${"a<"}</b>`, "&", 1, null]}`.toString()).toBe("<b>a&lt;</b>&amp;1");
  });

  test("a text of 100 kB is cut between characters, and says how much is left out", () => {
    const more = (characters: number): string => `+${characters}`;
    expect(bounded("🏭".repeat(50_000), more)).toBe(`${"🏭".repeat(300)}… +49700`);
    expect(bounded("部".repeat(300), more)).toBe("部".repeat(300));
  });
});

describe("a page", () => {
  test("has only its own elements, whatever network, company, field, facet and cell are called", async () => {
    const fields = (name: string): readonly StreamField[] => [
      { ...field(name, "text", name), unit: name.slice(0, 32) },
      { ...field(`${name}2`, "decimal", name), unit: name.slice(0, 32) },
    ];
    const made = (name: string): Promise<string> =>
      pageOf(fields(name), [record(0, { [name]: name, [`${name}2`]: { decimal: "1.5" } })], {
        network: { id: "e".repeat(64), name },
        company: { ...kato, name, handle: name },
        label: name,
        ...{ folder: name, allRows: name, verify: name },
      });
    const page = await made(hostile);
    expect(tagsOf(page)).toEqual(tagsOf(await made("plain")));
    expect(page).not.toMatch(/<script|onload=alert\(1\)>|\u202e|\0/);
    expect(page.match(/http/g)).toEqual(["http"]);
  });

  test("loads nothing and runs nothing, and says which language it is in", async () => {
    const page = await pageOf([field("force", "decimal")], []);
    expect(page).toContain(
      `content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:; base-uri &#39;none&#39;; form-action &#39;none&#39;"`,
    );
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).not.toMatch(/<(?:script|link|img|iframe|form|object)|url\(|@import| on[a-z]+="/);
  });

  test("shows the first and the last rows, says how many lie between, and draws all", async () => {
    const rows = Array.from({ length: 5_000 }, (_, row) => {
      return record(row, { force: { decimal: row === 2_500 ? "950.5" : `${row % 7}` } });
    });
    const page = await pageOf([field("force", "decimal")], rows);
    expect(page.match(/<tr><th scope="row"><a /g)).toHaveLength(100);
    expect(page).toContain("4,900 rows are left out here");
    expect(page).toContain("100 of 5,000 rows");
    expect(page).toContain("highest 950.5 · 2026-11-21 09:41:40 +09:00 · record 4.0.2500");
    expect(page).toContain("<code>tegata query press</code>");
    expect(page).toContain(">4.0.49<");
    expect(page).toContain(">4.0.4950<");
  });

  test("splits many fields into tables that fit a sheet, and leaves out what is beyond the limits", async () => {
    const fields = Array.from({ length: 100 }, (_, at) => field(`f${at}`, "integer"));
    const cells = Object.fromEntries(fields.map(({ name }, at) => [name, at]));
    const rows = Array.from({ length: 2_000 }, (_, row) => record(row, cells));
    const gathered = await gather(listed(rows), [...fields], 1_000, () => undefined);
    const shown = gathered.first.length + gathered.last.length;
    expect(shown * gathered.fields.length).toBeLessThanOrEqual(reportLimits.cellsMax);
    expect(gathered).toMatchObject({ fieldsLeftOut: 36, chartsLeftOut: 76, rowCount: 2_000 });
    const page = await pageOf(fields, rows);
    expect(page.match(/<table class="rows">/g)).toHaveLength(11);
    expect(page).toContain("36 fields are left out");
    expect(page).toContain("76 more fields of numbers are not drawn");
  });

  test("of one row, and of any number, keeps every row once", async () => {
    for (const [count, wanted] of [
      [1, 1],
      [3, 1],
      [2, 100],
      [100, 100],
      [101, 100],
      [7, 3],
      [3_000, 2],
    ] as const) {
      const rows = Array.from({ length: count }, (_, row) => record(row, { n: row }));
      const { first, last } = await gather(
        listed(rows),
        [field("n", "integer")],
        wanted,
        () => undefined,
      );
      const kept = [...first, ...last].map(({ cells }) => cells.n);
      expect(kept).toHaveLength(Math.min(count, wanted));
      expect(kept).toEqual([...new Set(kept)].sort((a, b) => Number(a) - Number(b)));
      if (wanted > 1) expect(kept.at(-1)).toBe(count - 1);
    }
  });
});

describe("a chart of a page", () => {
  const svgOf = (rows: readonly (readonly [number, string | null])[]): string => {
    const envelope = new Envelope();
    for (const [timeMs, text] of rows) envelope.add(timeMs, text, "4.0.0");
    return `${chartSvg(envelope, "force", zone) ?? ""}`;
  };

  test("has numbers that can be drawn, whatever the values are", () => {
    const row = fc.tuple(
      fc.integer({ min: 0, max: 4e12 }),
      fc.oneof(fc.double({ noNaN: true }).map(String), fc.constant(null)),
    );
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 50 }), (rows) => {
        expect(svgOf(rows)).not.toMatch(/NaN|Infinity|undefined/);
      }),
    );
  });

  test("is one line, broken where values are missing, and a dot for a value alone", () => {
    const run = (from: number): (readonly [number, string])[] =>
      [0, 1, 2].map((at) => [startMs + (from + at) * 1_000, `${at}`]);
    expect(svgOf(run(0)).match(/<path/g)).toHaveLength(1);
    const broken = svgOf([...run(0), [startMs + 3_000, null], ...run(4)]);
    expect(broken.match(/<path/g)).toHaveLength(2);
    expect(svgOf([[startMs, "5"]]).match(/<circle/g)).toHaveLength(1);
    expect(svgOf([[startMs, null]])).toBe("");
  });
});

describe("who may read", () => {
  const fields = [field("force", "decimal", "load"), field("part", "text", "people")];

  test("is, of an own stream, every company with its spans, facet by facet", () => {
    const spans = [
      { from: null, until: startMs },
      { from: startMs + 3_600_000, until: null },
    ];
    const mine = [
      { stream: "press", facet: "load", readers: [{ company: toda, spans, ended: null }] },
      { stream: "press", facet: "people", readers: [] },
      { stream: "other", facet: "people", readers: [{ company: toda, spans, ended: null }] },
    ];
    const matrix = accessMatrix(streamOf(fields), { mine, sharedWithMe: [] }, "press", kato);
    const [table = ""] = matrixTables(matrix, zone).map(String);
    expect(table).toContain('<th scope="col">toda 株式会社<small>toda</small></th>');
    expect(table).toContain("until 2026-11-21 09:00:00 +09:00");
    expect(table).toContain("from 2026-11-21 10:00:00 +09:00");
    expect(table).toContain(
      '<th scope="row">people</th><td>part</td><td class="closed">closed</td>',
    );
  });

  test("is, of a reader that was shut out, what was written before", () => {
    const spans = [
      { from: null, until: null },
      { from: startMs + 3_600_000, until: null },
    ];
    const ended = { height: 9, timeMs: startMs };
    const readers = [{ company: toda, spans, ended }];
    const mine = [{ stream: "press", facet: "load", readers }];
    const matrix = accessMatrix(streamOf(fields), { mine, sharedWithMe: [] }, "press", kato);
    const [table = ""] = matrixTables(matrix, zone).map(String);
    expect(table).toContain("until 2026-11-21 09:00:00 +09:00");
    expect(table).not.toContain("from 2026-11-21 10:00");
  });

  test("is, of the stream of another, this company alone, and what is closed to it stands there as closed", () => {
    const facets = [
      {
        name: "load",
        disclosure: "row",
        readable: true,
        endedHeight: null,
        spans: [{ from: null, until: null }],
      },
      { name: "people", disclosure: "row", readable: false, endedHeight: null, spans: [] },
    ] as const satisfies Stream["facets"];
    const stream = streamOf(fields, { mine: false, facets: [...facets] });
    const matrix = accessMatrix(stream, { mine: [], sharedWithMe: [] }, "kato/press", toda);
    const [table = "", ...others] = matrixTables(matrix, zone).map(String);
    expect(others).toEqual([]);
    expect(table).toContain('<td class="open"><span class="span">everything</span></td>');
    expect(table).toContain('<td class="closed">closed</td>');
  });

  test("takes as many tables as the companies need on paper", () => {
    const readers = Array.from({ length: 9 }, (_, at) => {
      return { company: company(`c${at}`), spans: [{ from: null, until: startMs }], ended: null };
    });
    const mine = [{ stream: "press", facet: "load", readers }];
    const matrix = accessMatrix(streamOf(fields), { mine, sharedWithMe: [] }, "press", kato);
    expect(matrixTables(matrix, zone)).toHaveLength(3);
  });
});

describe("the proofs of a page", () => {
  test("are of the lowest and highest values, and of each batch shown in every facet", async () => {
    const fields = [field("force", "decimal", "load"), field("part", "text", "people")];
    const facets = [
      { name: "load", disclosure: "row", readable: true, endedHeight: null, spans: [] },
      { name: "people", disclosure: "field", readable: true, endedHeight: null, spans: [] },
    ] as const satisfies Stream["facets"];
    const rows = [5, 1, 9, 5].map((force, row) =>
      record(row, { force: { decimal: `${force}` }, part: "x" }, row < 2 ? 4 : 6),
    );
    const gathered = await gather(listed(rows), fields, 100, () => undefined);
    expect(proofWishes(gathered, streamOf(fields, { facets: [...facets] }))).toEqual([
      { record: "4.0.1", facet: "load", field: null },
      { record: "6.0.2", facet: "load", field: null },
      { record: "4.0.0", facet: "load", field: null },
      { record: "4.0.0", facet: "people", field: "part" },
      { record: "6.0.2", facet: "people", field: "part" },
    ]);
  });

  test("are no more than the limit, though every row is a batch of its own", async () => {
    const fields = [field("force", "decimal")];
    const rows = Array.from({ length: 900 }, (_, row) =>
      record(0, { force: { decimal: "1" } }, row + 1),
    );
    const gathered = await gather(listed(rows), fields, 1_000, () => undefined);
    expect(proofWishes(gathered, streamOf(fields))).toHaveLength(reportLimits.proofsMax);
  });

  test("are checked with a command that a shell takes as it is meant", () => {
    expect(verifyCommand("it's $(x)-proofs", "4.0.0-facet1.tegata-proof.json", "ab")).toBe(
      "tegata verify './it'\\''s $(x)-proofs/4.0.0-facet1.tegata-proof.json' --network ab",
    );
    expect(queryCommand("kato/切削 7", { from: startMs, order: "asc" })).toBe(
      "tegata query 'kato/切削 7' --since 2026-11-21T00:00:00.000Z --all -o csv --bom > rows.csv",
    );
  });
});

describe("the files of a report", () => {
  test("come both at once, for the eyes of their owner alone", async () => {
    const folder = temporaryFolder();
    const files = await openReport(join(folder, "press.html"));
    writeFileSync(join(files.draftFolder, "a.json"), "{}");
    expect(readdirSync(folder)).toEqual([`press-proofs.new-${process.pid}`]);
    await closeReport(files, "page");
    await dropReport(files);
    expect(readdirSync(folder).sort()).toEqual(["press-proofs", "press.html"]);
    expect(statSync(join(folder, "press.html")).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "press-proofs")).mode & 0o777).toBe(0o700);
  });

  test("take the place of nothing that came in between, and leave nothing behind", async () => {
    const folder = temporaryFolder();
    const files = await openReport(join(folder, "press.html"));
    writeFileSync(join(folder, "press.html"), "another");
    await expect(closeReport(files, "page")).rejects.toMatchObject({
      code: "CLI_FILE_NOT_WRITTEN",
      detail: { reason: "EEXIST" },
    });
    await dropReport(files);
    expect(readdirSync(folder)).toEqual(["press.html"]);
    expect(readFileSync(join(folder, "press.html"), "utf8")).toBe("another");
    const second = await openReport(join(folder, "second.html"));
    mkdirSync(second.folder);
    writeFileSync(join(second.folder, "theirs"), "");
    await expect(closeReport(second, "page")).rejects.toMatchObject({
      code: "CLI_FILE_NOT_WRITTEN",
    });
    await dropReport(second);
    expect(readdirSync(folder).sort()).toEqual(["press.html", "second-proofs"]);
    expect(readdirSync(second.folder)).toEqual(["theirs"]);
  });

  test("that a killed run had begun go with the next one, those of a run that lives stay", async () => {
    const folder = temporaryFolder();
    const { pid: gone } = spawnSync(process.execPath, ["--version"]);
    mkdirSync(join(folder, `press-proofs.new-${gone}`));
    writeFileSync(join(folder, `press-proofs.new-${gone}`, "a.json"), "{}");
    writeFileSync(join(folder, `press.html.new-${gone}`), "half");
    const kept = [
      `press-proofs.new-${process.ppid}`,
      "press-proofs.new-x",
      `other-proofs.new-${gone}`,
    ];
    for (const name of kept) mkdirSync(join(folder, name));
    await dropReport(await openReport(join(folder, "press.html")));
    expect(readdirSync(folder).sort()).toEqual(kept.sort());
  });
});
