import { spawnSync } from "node:child_process";
import { copyFile, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Company } from "../helpers/company.ts";
import { type Consortium, foundConsortium } from "../helpers/consortium.ts";
import { untilAllSee, untilReadable } from "../helpers/exports.ts";
import { flippedBytes, verifyExit } from "../helpers/offline.ts";
import { dataPath } from "../helpers/shared-data.ts";
import { fontsOf, openBrowser, openPage, overflowOf } from "./browser.ts";

const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };
const facets = {
  heat: "Air temperature,Process temperature",
  drive: "Rotational speed,Torque",
} as const;
/** What the values of others may try on whoever reads them. */
const hostileCells = [
  "<script>window.ran = true</script>",
  "<img src=http://127.0.0.1:9/x onerror=alert(3)>",
  "</td></table><style>*{display:none}</style>",
  "\u202egnp.exe \u2066isolate",
  "NUL\u0000here",
  "🏭 部品 ㈱加藤",
  "x".repeat(100_000),
] as const;
const hostileField = '"><svg onload=alert(1)>';

interface ReportDocument {
  readonly rows: number;
  readonly rowsShown: number;
  readonly charts: number;
  readonly proofs: { readonly folder: string; readonly files: readonly string[] };
}

let consortium: Consortium;
let browser: Browser;
let kato: Company;
let toda: Company;
/** Reports of the same stream: the owner's in English, the partner's in Japanese. */
let own: ReportDocument;
let shared: ReportDocument;

beforeAll(async () => {
  // Three of four decide; the fourth would only take time.
  [consortium, browser] = await Promise.all([foundConsortium(["nishi"]), openBrowser()]);
  [kato, toda] = [consortium.company("kato"), consortium.company("toda")];
  const milling = dataPath("telemetry", "ai4i2020", "ai4i2020-rows-0001-7000.csv");
  await copyFile(milling, kato.path("milling.csv"));
  const id = await create(
    ...["切削-7", "--from", "milling.csv", "--yes", "--facet", `heat=${facets.heat}`],
    ...["--facet", `drive=${facets.drive}`, "--facet", "parts=*", "--disclosure", "drive=field"],
  );
  await kato.must([
    ...["submit", "切削-7", "milling.csv", "--backfill"],
    ...["--time-start", "2026-01-05T00:00:00Z", "--time-step", "10s"],
  ]);
  await kato.must([
    ...["grant", "切削-7", "--to", "toda", "--facet", "heat,drive", "--until", "30d"],
  ]);
  await untilAllSee([kato, toda], kato, id);
  await untilReadable(toda, id, ["heat", "drive"]);
  [own, shared] = await Promise.all([
    kato.json<ReportDocument>("report", "切削-7", "--html", "切削 7.html", "--tz", "Asia/Tokyo"),
    toda.json<ReportDocument>(
      ...["report", "kato/切削-7", "--html", "kato.html", "--tz", "Asia/Tokyo", "--lang", "ja"],
    ),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await consortium?.close();
});

async function create(name: string, ...words: readonly string[]): Promise<string> {
  interface StreamDocument {
    readonly stream: { readonly id: string };
  }
  const { stream } = await kato.json<StreamDocument>("streams", "create", name, ...words);
  return stream.id;
}

/** The text of a page as printing shows it. */
function textOf(pdf: Buffer): string {
  const { status, stdout, error } = spawnSync("pdftotext", ["-layout", "-", "-"], { input: pdf });
  if (error !== undefined) throw error;
  expect(status).toBe(0);
  return stdout.toString("utf8");
}

test("a page loads nothing, runs nothing, complains of nothing, and fits a desk and a phone", async () => {
  for (const [company, file] of [
    [kato, "切削 7.html"],
    [toda, "kato.html"],
  ] as const) {
    for (const size of [desktop, phone]) {
      const { page, requests, sayings } = await openPage(browser, company.path(file), size);
      expect(requests).toHaveLength(1);
      expect(sayings).toEqual([]);
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
      for (const chart of await page.locator("svg.chart").all()) {
        const box = await chart.boundingBox();
        expect(box?.width).toBeGreaterThan(300);
        expect(box?.height).toBeGreaterThan(70);
        const line = await chart.locator(".curve").first().boundingBox();
        expect(line?.width).toBeGreaterThan(200);
      }
      await page.context().close();
    }
  }
});

test("the owner's page shows every field, and its partner's only what was granted", async () => {
  expect(own).toMatchObject({ rows: 7_000, rowsShown: 100, charts: 12 });
  expect(shared).toMatchObject({ rows: 7_000, rowsShown: 100, charts: 4 });
  const { page } = await openPage(browser, kato.path("切削 7.html"), desktop);
  expect(await page.locator("svg.chart").count()).toBe(12);
  expect(await page.locator("table.rows").first().locator("tbody tr:not(.gap)").count()).toBe(100);
  expect(await page.locator("#access").innerText()).toContain("until 20");
  const partner = await openPage(browser, toda.path("kato.html"), desktop);
  expect(await partner.page.locator("svg.chart").count()).toBe(4);
  expect(await partner.page.locator("table.rows").count()).toBe(2);
  expect(await partner.page.locator("#access tbody tr .closed").allInnerTexts()).toEqual([
    "非公開",
  ]);
  // Names of fields stand in the schema that every reader gets; what stands in them does not.
  expect(await partner.page.locator("#rows").innerText()).not.toContain("M14860");
  expect(await page.locator("#rows").innerText()).toContain("M14860");
  expect([...(await fontsOf(partner.page, "h1")).keys()].join()).toMatch(/CJK|Gothic|Sans/);
  await Promise.all([page.context().close(), partner.page.context().close()]);
});

test("a page prints on A4 with everything that it says, in both languages", async () => {
  const expected = [
    [kato, "切削 7.html", ["Who can read this stream", "Kato Press", "RNF"]],
    [toda, "kato.html", ["このストリームのうち自社が読める範囲", "切削-7", "証明ファイル"]],
  ] as const;
  for (const [company, file, texts] of expected) {
    const { page } = await openPage(browser, company.path(file), desktop);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    const boxes = [...pdf.toString("latin1").matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];
    expect(boxes.length).toBeGreaterThan(3);
    for (const [, width, height] of boxes) {
      expect([Number(width), Number(height)].map(Math.round)).toEqual([595, 842]);
    }
    const text = textOf(pdf);
    const ids = await page.locator("table.rows tbody th").allInnerTexts();
    expect(ids.length).toBeGreaterThanOrEqual(200);
    for (const id of ids) expect(text).toContain(id);
    for (const part of texts) expect(text).toContain(part);
    // The heads of a table stand on each of its sheets.
    const sheets = text.split("\f").filter((sheet) => /^ *\d+\.\d+\.\d+ +20/m.test(sheet));
    expect(sheets.length).toBeGreaterThan(2);
    for (const sheet of sheets) expect(sheet).toMatch(/observed time|観測時刻/);
    await page.context().close();
  }
});

test("every proof beside a page verifies with the command that the page names, and a changed one does not", async () => {
  const reports = [
    [kato, own, "切削 7"],
    [toda, shared, "kato"],
  ] as const;
  for (const [company, { proofs }, name] of reports) {
    const folder = company.path(`${name}-proofs`);
    expect((await readdir(folder)).sort()).toEqual([...proofs.files].sort());
    expect(proofs.files.length).toBeGreaterThan(8);
    // A facet that discloses field by field is proven so.
    expect(proofs.files.some((file) => file.includes("-facet2-field"))).toBe(true);
    expect((await stat(company.path(`${name}.html`))).mode & 0o777).toBe(0o600);
    for (const file of proofs.files) {
      const text = await readFile(join(folder, file), "utf8");
      expect(await verifyExit(text, consortium.networkId), file).toBe(0);
    }
    const { page } = await openPage(browser, company.path(`${name}.html`), desktop);
    const command = await page.locator("#provenance code").innerText();
    const links = await page.locator("a.file").evaluateAll((all) => {
      return all.map((link) => decodeURIComponent(link.getAttribute("href") ?? ""));
    });
    expect(links.sort()).toEqual([...proofs.files].map((file) => `${name}-proofs/${file}`).sort());
    const [, file = "", network] =
      /^tegata verify '?\.\/(.+\.json)'? --network ([0-9a-f]{64})$/.exec(command) ?? [];
    expect(network).toBe(consortium.networkId);
    const checked = await company.run(["verify", file, "--network", consortium.networkId]);
    expect(checked).toMatchObject({ code: 0 });
    const [proof = ""] = proofs.files;
    for (const { place, text } of flippedBytes(await readFile(join(folder, proof), "utf8"), 1)) {
      expect(await verifyExit(text, consortium.networkId), place).toBe(8);
    }
    await page.context().close();
  }
});

test("names and values that try to be obeyed are shown, and nothing of them runs or is asked for", async () => {
  const sample = { [hostileField]: "first", 部品: 1 };
  await writeFile(kato.path("sample.ndjson"), `${JSON.stringify(sample)}\n`);
  await create("<b>罠</b>", "--from", "sample.ndjson", "--yes", "--facet", "'\"><i>=*");
  const rows = hostileCells.map((cell, row) => JSON.stringify({ [hostileField]: cell, 部品: row }));
  await writeFile(kato.path("rows.ndjson"), `${rows.join("\n")}\n`);
  await kato.must(["submit", "<b>罠</b>", "rows.ndjson"]);
  await kato.must(["report", "<b>罠</b>", "--html", "trap <i>.html", "--lang", "ja"]);
  const { page, requests, sayings } = await openPage(browser, kato.path("trap <i>.html"), phone);
  expect({ requests: requests.length, sayings }).toEqual({ requests: 1, sayings: [] });
  expect(await page.evaluate(() => "ran" in window)).toBe(false);
  expect(await page.locator("script, img, iframe, i, b, [onload], [onerror]").count()).toBe(0);
  expect(await page.locator("h1").innerText()).toBe("<b>罠</b>");
  const cells = await page.locator("table.rows tbody td:nth-of-type(2)").allInnerTexts();
  expect(cells.slice(0, 3)).toEqual(hostileCells.slice(0, 3));
  expect(cells[3]).toBe("\\u{202e}gnp.exe \\u{2066}isolate");
  expect(cells[4]).toBe("NUL\\x00here");
  expect(cells[5]).toBe(hostileCells[5]);
  expect(cells[6]).toMatch(/^x{300}… \(残り 99,700 文字\)$/);
  expect(await overflowOf(page)).toBeLessThanOrEqual(0);
  await page.context().close();
});
