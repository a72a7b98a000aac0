import { createHash, randomBytes, randomUUID } from "node:crypto";
import { verifyProof } from "@tegata/ledger/chain";
import { expect, test } from "vitest";
import { verifyDecision } from "./helpers/certificates.ts";
import { codeOf } from "./helpers/code-of.ts";
import type { Companies } from "./helpers/companies.ts";
import { collect, commitRows, documentStream, pressLine } from "./helpers/press-line.ts";
import { withCompanies } from "./helpers/set-up.ts";

const waitMs = 20_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const wish = { waitMs, dryRun: false };

let companies: Companies;
withCompanies(4, (started) => {
  companies = started;
});

/** A stream of the first company with two rows of an hour ago and two of now. */
async function published(name: string) {
  const aoki = companies.client(0);
  await aoki.createStream(pressLine(name), { waitMs });
  const now = Date.now();
  const start = Math.floor(now / hourMs) * hourMs;
  const row = (timeMs: number, number: number) => ({
    timeMs,
    cells: {
      state: `state ${number}`,
      temp: { decimal: `${80 + number}.50` },
      count: number,
      ok: number % 2 === 0,
      part: `part-${number}`,
    },
  });
  const rows = [row(start - 2, 1), row(start - 1, 2), row(now - 1, 3), row(now, 4)];
  await commitRows(aoki, name, rows);
  return { rows, start, now };
}

const pick = (
  rows: readonly { readonly timeMs: number; readonly cells: Readonly<Record<string, unknown>> }[],
  ...fields: readonly string[]
) =>
  rows.map(({ timeMs, cells }) => ({
    timeMs,
    cells: Object.fromEntries(
      Object.entries(cells).filter(([name]) => fields.length === 0 || fields.includes(name)),
    ),
  }));

test("a company publishes rows and reads them back cell for cell", async () => {
  const aoki = companies.client(0);
  const stream = await aoki.createStream(pressLine("press-1"), { waitMs });
  expect(stream).toMatchObject({ name: "press-1", mine: true, batches: 0 });
  expect(stream.createdHeight).toBeGreaterThan(0);
  const now = Date.now();
  const rows = [
    { timeMs: now - 2_000, cells: { state: "run", temp: { decimal: "81.50" }, count: 7 } },
    { timeMs: now - 1_000, cells: { state: "停止", temp: null, ok: true } },
  ];
  const done = await commitRows(aoki, "press-1", rows);
  expect(done).toMatchObject({ state: "committed", rows: 2, committedRows: 2, refusal: null });
  expect(pick((await aoki.records("press-1", {})).items)).toEqual(rows);
});

test("a reader sees exactly the granted facets, also of rows from before, and others see nothing", async () => {
  const { rows, now } = await published("press-2");
  const [aoki, kato, mori] = [companies.client(0), companies.client(1), companies.client(2)];
  await companies.read(1);
  expect(await codeOf(kato.records("aoki/press-2", {}))).toBe("GATEWAY_NOT_READABLE");
  const order = { to: "kato", facets: ["status", "quality"], until: now + dayMs };
  const answer = await aoki.grant("press-2", order, wish);
  expect(answer).toMatchObject({ submitted: true, batches: 2 });
  expect(answer.grants).toMatchObject([{ to: { handle: "kato" }, state: "live" }]);
  expect(answer.grants[0]?.height).toBeGreaterThan(0);
  await companies.read(1);
  const page = await kato.records("aoki/press-2", {});
  expect(pick(page.items)).toEqual(pick(rows, "state", "ok", "part"));
  expect(page.facets).toEqual(["status", "quality"]);
  expect(page.fields.map(({ name }) => name)).toEqual(["state", "ok", "part"]);
  await companies.read(2);
  expect(await codeOf(mori.records("aoki/press-2", {}))).toBe("GATEWAY_NOT_READABLE");
  expect(await codeOf(mori.records("kato/press-2", {}))).toBe("GATEWAY_STREAM_UNKNOWN");
  const id = (await aoki.stream("press-2")).id;
  expect(await codeOf(mori.records(id, {}))).toBe("GATEWAY_NOT_READABLE");
  expect(await mori.stream(id)).toMatchObject({ name: null, fields: [], mine: false, kind: null });
});

test("a grant opens whole hours and not one more on either side", async () => {
  const { rows, start, now } = await published("press-3");
  const [aoki, kato, mori] = [companies.client(0), companies.client(1), companies.client(2)];
  const facets = ["status", "process", "quality"];
  // Ends where the present hour begins: only the two rows before it are open.
  await aoki.grant("press-3", { to: "Kato Press", facets, until: start }, wish);
  await aoki.grant("press-3", { to: "mori", facets, from: start, until: now + hourMs }, wish);
  await companies.read(1);
  await companies.read(2);
  expect(pick((await kato.records("aoki/press-3", {})).items)).toEqual(pick(rows.slice(0, 2)));
  expect(pick((await mori.records("aoki/press-3", {})).items)).toEqual(pick(rows.slice(2)));
  const [grant] = await aoki.grants("press-3");
  expect(grant).toMatchObject({ from: 0, until: start, state: "live" });
  const [facet] = (await mori.stream("aoki/press-3")).facets;
  expect(facet?.spans[0]?.from).toBe(start);
});

test("revoking closes the records to come, keeps the others' access, and says what is kept", async () => {
  const { rows, now } = await published("press-4");
  const [aoki, kato, mori] = [companies.client(0), companies.client(1), companies.client(2)];
  const facets = ["status", "process"];
  for (const to of ["kato", "mori"]) {
    await aoki.grant("press-4", { to, facets, until: now + dayMs }, wish);
  }
  const dry = await aoki.revoke("press-4", { from: "kato" }, { waitMs, dryRun: true });
  expect(dry).toMatchObject({ submitted: false, keeps: { batches: 2 }, height: null });
  expect((await aoki.grants("press-4")).every(({ state }) => state === "live")).toBe(true);
  const done = await aoki.revoke("press-4", { from: "kato", facets: ["process"] }, wish);
  expect(done).toMatchObject({ submitted: true, keeps: { batches: 2 } });
  expect(done.ended).toMatchObject([{ to: { handle: "kato" }, facets, state: "ended" }]);
  const again = done.regranted.map(({ to, facets: opened }) => [to.handle, opened.join()]);
  expect(again.sort()).toEqual([
    ["kato", "status"],
    ["mori", "status,process"],
  ]);
  const later = { timeMs: Date.now(), cells: { state: "later", count: 99 } };
  await commitRows(aoki, "press-4", [later]);
  await companies.read(1);
  await companies.read(2);
  const kept = pick((await kato.records("aoki/press-4", {})).items);
  expect(kept).toEqual([...pick(rows, "state", "temp", "count"), ...pick([later], "state")]);
  const open = pick((await mori.records("aoki/press-4", {})).items);
  expect(open).toEqual([...pick(rows, "state", "temp", "count"), later]);
  expect(await codeOf(aoki.revoke("press-4", { from: "toda" }, wish))).toBe(
    "GATEWAY_NOTHING_TO_REVOKE",
  );
  const seen = (await kato.access()).sharedWithMe.filter(({ stream }) => stream === "aoki/press-4");
  const ends = seen.map(({ facet, ended }) => [facet, ended?.height ?? null]);
  expect(ends).toEqual([
    ["status", null],
    ["process", expect.any(Number)],
  ]);
  // The stream goes on with a new key first, and then the others get that one.
  expect(seen.at(-1)?.ended?.height).toBeLessThanOrEqual(done.height ?? 0);
  expect(seen.at(-1)?.ended?.timeMs).toBeGreaterThan(now - dayMs);
  const access = await aoki.access();
  const readers = access.mine
    .filter(({ stream, facet }) => stream === "press-4" && facet === "process")
    .flatMap((row) => row.readers.map(({ company, ended }) => [company.handle, ended?.height]));
  // What was written before stays readable to the one that was shut out, and the matrix says so.
  expect(readers).toEqual([
    ["kato", seen.at(-1)?.ended?.height],
    ["mori", undefined],
  ]);
});

test("a dry run of a grant says what would be open and sends nothing", async () => {
  const { start } = await published("press-5");
  const aoki = companies.client(0);
  const order = { to: "kato", facets: ["status"], from: start - 1, until: start + 1 };
  const dry = await aoki.grant("press-5", order, { waitMs, dryRun: true });
  expect(dry).toMatchObject({ submitted: false, batches: 2 });
  expect(dry.grants).toMatchObject([{ from: start - hourMs, until: start + hourMs, height: null }]);
  expect(await aoki.grants("press-5")).toEqual([]);
  expect(await codeOf(aoki.grant("press-5", { ...order, to: "aoki" }, wish))).toBe(
    "GATEWAY_GRANT_TO_SELF",
  );
  expect(await codeOf(aoki.grant("press-5", { ...order, to: "katoo" }, wish))).toBe(
    "GATEWAY_COMPANY_UNKNOWN",
  );
  expect(await codeOf(aoki.grant("press-5", { ...order, until: 0 }, wish))).toBe(
    "GATEWAY_SPAN_EMPTY",
  );
});

test("a document comes back byte for byte to its owner and its reader", async () => {
  const [aoki, kato] = [companies.client(0), companies.client(1)];
  await aoki.createStream(documentStream("drawings"), { waitMs });
  const bytes = randomBytes(2_345_678);
  const document = randomBytes(16).toString("hex");
  for (let index = 0; index * 1_000_000 < bytes.length; index += 1) {
    const chunk = bytes.subarray(index * 1_000_000, (index + 1) * 1_000_000);
    const cells = {
      ...{ document, index, last: (index + 1) * 1_000_000 >= bytes.length },
      name: index === 0 ? "圧型図.pdf" : null,
      content: { bytes: chunk.toString("base64") },
    };
    const rows = [{ timeMs: Date.now(), cells }];
    await aoki.submitRows("drawings", { rows, backfill: false }, randomUUID());
    if (index === 0) {
      expect(await codeOf(collect(aoki.document("drawings", document)))).toMatch(
        /GATEWAY_DOCUMENT_(INCOMPLETE|UNKNOWN)/,
      );
    }
  }
  await aoki.grant(
    "drawings",
    { to: "kato", facets: ["document"], until: Date.now() + dayMs },
    wish,
  );
  await companies.read(1);
  const sum = createHash("sha256").update(bytes).digest("hex");
  for (const [client, name] of [
    [aoki, "drawings"],
    [kato, "aoki/drawings"],
  ] as const) {
    const [listed, ...more] = await client.documents(name);
    expect(more).toEqual([]);
    expect(listed).toMatchObject({
      document,
      name: "圧型図.pdf",
      bytes: 2_345_678,
      complete: true,
    });
    const got = await collect(client.document(name, document));
    expect(createHash("sha256").update(got).digest("hex")).toBe(sum);
  }
});

test("a proof of a row or a field holds offline, and a changed one does not", async () => {
  const { rows } = await published("press-6");
  const aoki = companies.client(0);
  const items = (await aoki.records("press-6", {})).items;
  const record = items[2]?.record ?? "";
  const order = { stream: "press-6", record };
  const row = await aoki.proof({ ...order, facet: "process", field: null });
  const field = await aoki.proof({ ...order, facet: "quality", field: "part" });
  const checks = { networkId: companies.genesis.networkId, verifyDecision };
  expect(verifyProof(row, checks)).toMatchObject({
    verdict: "valid",
    facts: {
      streamName: "press-6",
      facetName: "process",
      observedMs: rows[2]?.timeMs,
      values: [
        { name: "temp", cell: ["83.50"] },
        { name: "count", cell: 3 },
      ],
    },
  });
  expect(verifyProof(field, checks)).toMatchObject({
    verdict: "valid",
    facts: { values: [{ name: "part", cell: "part-3" }] },
  });
  const changed = JSON.parse(row) as { leaf: string };
  const leaf = Buffer.from(changed.leaf, "base64");
  leaf[leaf.length - 1] = (leaf.at(-1) ?? 0) ^ 1;
  const forged = JSON.stringify({ ...changed, leaf: leaf.toString("base64") });
  expect(verifyProof(forged, checks)).toMatchObject({ verdict: "invalid" });
  expect(await codeOf(aoki.proof({ ...order, facet: "process", field: "temp" }))).toBe(
    "GATEWAY_PROOF_SCOPE",
  );
  expect(await codeOf(aoki.proof({ ...order, facet: "quality", field: null }))).toBe(
    "GATEWAY_PROOF_SCOPE",
  );
});

test("what lies on a stranger's disk is ciphertext that says nothing", async () => {
  await published("press-7");
  const [aoki, mori] = [companies.client(0), companies.client(2)];
  const { id } = await aoki.stream("press-7");
  const record = (await aoki.records("press-7", {})).items[0]?.record ?? "";
  await companies.read(2);
  const raw = await mori.raw(id, record, 1);
  expect(raw).toEqual(await aoki.raw("press-7", record, 1));
  expect(raw.bytes).toBe(256 + 16);
  expect(raw.head).toMatch(/^[0-9a-f]{128}$/);
});

test("pages in both directions give every row once, and times are bounds to the millisecond", async () => {
  const aoki = companies.client(0);
  await aoki.createStream(pressLine("press-8"), { waitMs });
  const end = Date.now();
  const rows = Array.from({ length: 25 }, (_, count) => ({
    timeMs: end - (25 - count) * 600_000,
    cells: { count },
  }));
  for (let at = 0; at < rows.length; at += 7) {
    await commitRows(aoki, "press-8", rows.slice(at, at + 7));
  }
  for (const order of ["asc", "desc"] as const) {
    const seen: unknown[] = [];
    let cursor: string | null = null;
    do {
      const query = { order, limit: 4, ...(cursor === null ? {} : { cursor }) };
      const page = await aoki.records("press-8", query);
      expect(page.items.length).toBeLessThanOrEqual(4);
      seen.push(...page.items.map(({ cells }) => cells.count));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(25);
    expect(order === "asc" ? seen : seen.toReversed()).toEqual(
      (await aoki.records("press-8", { limit: 1_000 })).items.map(({ cells }) => cells.count),
    );
  }
  const [from, until] = [rows[5]?.timeMs ?? 0, rows[9]?.timeMs ?? 0];
  const page = await aoki.records("press-8", { from, until });
  expect(page.items.map(({ cells }) => cells.count).sort()).toEqual([5, 6, 7, 8]);
  expect(await codeOf(aoki.records("press-8", { cursor: "AAAA" }))).toBe("GATEWAY_CURSOR_INVALID");
});

test("events tell of rows, grants and streams once, and go on after the last one heard", async () => {
  const { now } = await published("press-9");
  const [aoki, kato] = [companies.client(0), companies.client(1)];
  const ended = new AbortController();
  const heard: { readonly cursor: string; readonly type: string; readonly count: unknown }[] = [];
  const listen = async (cursor: string | null, signal: AbortSignal): Promise<void> => {
    const query = { types: "record,grant", ...(cursor === null ? {} : { cursor }) };
    for await (const { cursor: at, event } of kato.events(query, signal)) {
      const count = event.type === "record" ? event.record.cells.count : null;
      heard.push({ cursor: at, type: event.type, count });
    }
  };
  const listening = listen(null, ended.signal);
  await aoki.grant("press-9", { to: "kato", facets: ["process"], until: now + dayMs }, wish);
  await commitRows(aoki, "press-9", [
    { timeMs: Date.now(), cells: { count: 101 } },
    { timeMs: Date.now(), cells: { count: 102 } },
  ]);
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(3);
  ended.abort();
  await listening;
  expect(heard.map(({ type, count }) => [type, count])).toEqual([
    ["grant", null],
    ["record", 101],
    ["record", 102],
  ]);
  const again = new AbortController();
  const middle = heard[1]?.cursor ?? "";
  heard.length = 0;
  const resumed = listen(middle, again.signal);
  await commitRows(aoki, "press-9", [{ timeMs: Date.now(), cells: { count: 103 } }]);
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(2);
  again.abort();
  await resumed;
  expect(heard.map(({ count }) => count)).toEqual([102, 103]);
});
