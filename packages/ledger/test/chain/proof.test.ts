import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import {
  type Cell,
  encodeHeader,
  encodeProof,
  encodeSchema,
  facetTreeRoot,
  limits,
  type ProofChecks,
  type ProofRefusalCode,
  type ProofSource,
  proveField,
  proveRow,
  type Row,
  type SetChange,
  type StreamSchema,
  schemaHash,
  transactionsRootOf,
  verifyProof,
} from "../../src/chain/index.ts";
import { fromBase64, networkId, refuse, toBase64 } from "../../src/primitives/index.ts";
import {
  bytesOf,
  certificateOf,
  claimWriter,
  commit,
  filler,
  genesisTimeMs,
  member,
  newLedger,
  records,
  sign,
  streamCreate,
  streamOf,
} from "./fixtures.ts";

const schema: StreamSchema = {
  name: "Winding line 3",
  zone: "Asia/Tokyo",
  facets: [{ name: "process" }, { name: "quality" }],
  fields: [
    { name: "temperature", type: "decimal", facet: 0, unit: "°C" },
    { name: "serial", type: "text", facet: 1, unit: null },
    { name: "resistance", type: "decimal", facet: 1, unit: "mΩ" },
    { name: "speed", type: "integer", facet: 0, unit: "rpm" },
  ],
  kind: "rows",
};
const schemaSalt = bytesOf("schema salt");
const schemaBytes = encodeSchema(schema);
const saltOf = (kind: string, row: number, field: number): Uint8Array =>
  bytesOf(`salt ${kind} ${row} ${field}`);
const times = [0, 1, 2].map((index) => genesisTimeMs + index * 1_000);
const process: readonly Row[] = times.map((time, index) => [time, [`8${index}.50`], 1_200 + index]);
const quality: readonly Row[] = times.map((time, index) => [time, `SN-${index}`, [`4.${index}`]]);

/** Whoever verifies decides what steps are worth; these are carried and given to it as they are. */
const step: SetChange = {
  header: bytesOf("header of a step"),
  certificate: bytesOf("certificate of a step"),
  nextValidators: bytesOf("validators after a step"),
};
const noValidators = "LEDGER_PROOF_VALIDATORS";
const same = isDeepStrictEqual;

/** A ledger with one batch of three rows among other transactions of its block. */
function provable() {
  const ledger = newLedger(3);
  const owner = member(ledger, 0);
  const stream = streamOf("proven");
  const create = streamCreate(ledger, owner, stream);
  const hash = schemaHash(schemaSalt, schemaBytes);
  commit(ledger, [sign(ledger, owner, { ...create, body: { ...create.body, schemaHash: hash } })]);
  const content = records(ledger, owner, stream);
  const facets = [
    { root: facetTreeRoot("row", process, saltOf), commitment: bytesOf("c0") },
    { root: facetTreeRoot("field", quality, saltOf), commitment: bytesOf("c1") },
  ];
  const body = { ...content.body, schemaHash: hash, facets };
  const batch = sign(ledger, owner, { ...content, body });
  const claims = [1, 2].map((index) =>
    sign(ledger, member(ledger, index), claimWriter(ledger, member(ledger, index))),
  );
  const block = commit(ledger, [batch, ...claims]);
  const ids = block.transactions.map(({ id }) => id);
  const source: Omit<ProofSource, "facet" | "row" | "field"> = {
    genesis: ledger.genesis.bytes,
    steps: [step],
    header: block.headerBytes,
    certificate: certificateOf(ledger.head),
    transaction: batch.bytes,
    transactionIndex: ids.indexOf(batch.id),
    transactionIds: ids,
    schemaSalt,
    schemaBytes,
  };
  const checks: ProofChecks = {
    networkId: ledger.genesis.networkId,
    verifyDecision: ({ genesis, steps, header, certificate }) => {
      if (!same(steps, [step]) || !same(genesis, ledger.genesis)) return refuse(noValidators);
      const isDecided =
        same(header, block.headerBytes) && same(certificate, certificateOf(ledger.head));
      return isDecided ? { ok: true } : refuse("LEDGER_PROOF_CERTIFICATE");
    },
  };
  return { ledger, block, batch, claims, source, checks };
}

const { ledger, block, batch, claims, source, checks } = provable();
const rowProof = { facet: 0, row: proveRow("row", process, saltOf, 1), field: null };
const fieldProof = {
  facet: 1,
  row: proveRow("field", quality, saltOf, 2),
  field: proveField(2, quality[2] as Row, saltOf, 2),
};
const ofRow = encodeProof({ ...source, ...rowProof });
const ofField = encodeProof({ ...source, ...fieldProof });

function codeOf(json: string, changed: Partial<ProofChecks> = {}): ProofRefusalCode | null {
  const verdict = verifyProof(json, { ...checks, ...changed });
  return verdict.verdict === "invalid" ? verdict.code : null;
}

type Json = Record<string, unknown>;

function flipped(base64: string): readonly string[] {
  const bytes = fromBase64(base64) as Uint8Array;
  return [0, bytes.length >> 1, bytes.length - 1].map((at) =>
    toBase64(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))),
  );
}

/** Values close to one of a proof file. */
function changesOf(value: unknown): readonly unknown[] {
  if (typeof value === "number") return [value + 1, value - 1, value * 2 + 4];
  if (typeof value === "string") {
    return fromBase64(value) === null ? [`${value}0`] : [...flipped(value), `${value}A`, ""];
  }
  const items = value as readonly (string | Json)[];
  const [first = ""] = items;
  const changed = typeof first === "string" ? flipped(first) : changedSteps(first);
  return [items.slice(1), [...items, first], ...changed.map((one) => [one, ...items.slice(1)])];
}

function changedSteps(step: Json): readonly Json[] {
  return Object.entries(step).flatMap(([name, value]) =>
    changesOf(value).map((to) => ({ ...step, [name]: to })),
  );
}

function edited(json: string, edit: (file: Json) => Json): string {
  return JSON.stringify(edit(JSON.parse(json) as Json));
}

describe("a proof", () => {
  test("of a row shows the facet's whole row with its names, and who wrote it when", () => {
    expect(verifyProof(ofRow, checks)).toEqual({
      verdict: "valid",
      facts: {
        networkId: ledger.genesis.networkId,
        networkName: "Kansai Motors",
        height: 2,
        blockId: block.id,
        blockTimeMs: block.header.timeMs,
        transactionId: batch.id,
        owner: { memberId: batch.memberId, name: "Asahi Seiki", handle: "company-a" },
        streamId: batch.lane,
        streamName: "Winding line 3",
        sequence: 2,
        facetName: "process",
        row: 1,
        observedMs: times[1],
        values: [
          { ...schema.fields[0], cell: ["81.50"] },
          { ...schema.fields[3], cell: 1_201 },
        ],
      },
    });
  });

  test("of a field shows this field alone", () => {
    const verdict = verifyProof(ofField, checks);
    expect(verdict).toMatchObject({
      verdict: "valid",
      facts: {
        row: 2,
        observedMs: null,
        values: [{ name: "resistance", cell: ["4.2"] satisfies Cell }],
      },
    });
    expect(ofField).not.toContain(toBase64(new TextEncoder().encode("SN-2")));
  });

  test("of the observation time shows no value", () => {
    const field = proveField(2, quality[2] as Row, saltOf, 0);
    const verdict = verifyProof(encodeProof({ ...source, ...fieldProof, field }), checks);
    expect(verdict).toMatchObject({ facts: { observedMs: times[2], values: [] } });
  });

  test("without a network id is consistent, not anchored", () => {
    const verdict = verifyProof(ofRow, { ...checks, networkId: null });
    expect(verdict.verdict).toBe("unanchored");
  });
});

describe("what is no proof", () => {
  test("LEDGER_PROOF_FORMAT: not this kind of file", () => {
    for (const text of ["", "null", "[]", "{}", ofRow.slice(1), ofRow.replace("/1", "/2")]) {
      expect(codeOf(text)).toBe("LEDGER_PROOF_FORMAT");
    }
    const names = Object.keys(JSON.parse(ofField) as Json);
    for (const name of names.filter((one) => one !== "schema" && one !== "fieldLeaf")) {
      const missing = edited(ofField, ({ [name]: _, ...rest }) => rest);
      expect(codeOf(missing)).toBe("LEDGER_PROOF_FORMAT");
    }
  });

  test("LEDGER_PROOF_NETWORK: another network than the one meant", () => {
    expect(codeOf(ofRow, { networkId: networkId(bytesOf("other")) })).toBe("LEDGER_PROOF_NETWORK");
  });

  test("LEDGER_PROOF_VALIDATORS: other steps than lead to those who decided its block", () => {
    for (const steps of [[], [step, step], [{ ...step, nextValidators: bytesOf("other") }]]) {
      expect(codeOf(encodeProof({ ...source, ...rowProof, steps }))).toBe(noValidators);
    }
  });

  test("LEDGER_PROOF_FORMAT: steps that are none, incomplete, or more than a proof leads through", () => {
    const [first] = (JSON.parse(ofRow) as { readonly steps: readonly Json[] }).steps;
    const incomplete = Object.keys(step).map((name) => [{ ...first, [name]: null }]);
    const many = (count: number) => Array.from({ length: count }, () => first);
    for (const steps of [null, {}, "", [null], [[]], ["AAAA"], ...incomplete, many(4_097)]) {
      expect(codeOf(edited(ofRow, (file) => ({ ...file, steps })))).toBe("LEDGER_PROOF_FORMAT");
    }
    expect(codeOf(edited(ofRow, (file) => ({ ...file, steps: many(4_096) })))).toBe(noValidators);
  });

  test("LEDGER_PROOF_FORMAT: a file of more than 64 MiB, before any of it is read", () => {
    const end = ofRow.lastIndexOf("}");
    const padded = (length: number) =>
      `${ofRow.slice(0, end)}${" ".repeat(length - ofRow.length)}${ofRow.slice(end)}`;
    expect(codeOf(padded(limits.proofBytesMax))).toBeNull();
    expect(codeOf(padded(limits.proofBytesMax + 1))).toBe("LEDGER_PROOF_FORMAT");
  });

  test("LEDGER_PROOF_CERTIFICATE: a block that nobody decided", () => {
    const certificate = filler("forged", 300);
    expect(codeOf(encodeProof({ ...source, ...rowProof, certificate }))).toBe(
      "LEDGER_PROOF_CERTIFICATE",
    );
  });

  test("LEDGER_PROOF_TRANSACTION: records that the block does not hold, or no records", () => {
    const elsewhere = [...source.transactionIds].reverse();
    const moved = encodeProof({ ...source, ...rowProof, transactionIds: elsewhere });
    expect(codeOf(moved)).toBe("LEDGER_PROOF_TRANSACTION");
    const claim = claims[0] as (typeof claims)[0];
    const transactionIndex = source.transactionIds.indexOf(claim.id);
    const ofClaim = { ...source, ...rowProof, transaction: claim.bytes, transactionIndex };
    expect(codeOf(encodeProof(ofClaim))).toBe("LEDGER_PROOF_TRANSACTION");
  });

  test("LEDGER_PROOF_SIGNATURE: a decided block with records their member did not sign", () => {
    const forger = { ...member(ledger, 0), signers: member(ledger, 1).signers };
    const forged = sign(ledger, forger, batch);
    const transactionsRoot = transactionsRootOf([forged.id]);
    const header = encodeHeader({ ...block.header, transactionsRoot });
    const proof = encodeProof({
      ...source,
      ...rowProof,
      header,
      transaction: forged.bytes,
      transactionIndex: 0,
      transactionIds: [forged.id],
    });
    expect(codeOf(proof, { verifyDecision: () => ({ ok: true }) })).toBe("LEDGER_PROOF_SIGNATURE");
  });

  test("LEDGER_PROOF_ROW: facets of one root, whose row could stand under the names of either", () => {
    const [first] = batch.body.facets as [(typeof batch.body.facets)[0]];
    const body = { ...batch.body, facets: [first, { ...first, commitment: bytesOf("c1") }] };
    const twice = sign(ledger, member(ledger, 0), { ...batch, body });
    const proof = encodeProof({
      ...source,
      ...rowProof,
      header: encodeHeader({ ...block.header, transactionsRoot: transactionsRootOf([twice.id]) }),
      transaction: twice.bytes,
      transactionIndex: 0,
      transactionIds: [twice.id],
    });
    expect(codeOf(proof, { verifyDecision: () => ({ ok: true }) })).toBe("LEDGER_PROOF_ROW");
  });

  test("of another network is refused by its id, before its genesis is even read", () => {
    const torn = edited(ofRow, (file) => ({ ...file, genesis: "AAAA" }));
    expect(codeOf(torn)).toBe("LEDGER_PROOF_NETWORK");
    expect(codeOf(torn, { networkId: null })).toBe("LEDGER_PROOF_FORMAT");
  });

  test("LEDGER_PROOF_SCHEMA: other names than the records were made for", () => {
    const renamed = encodeSchema({ ...schema, name: "Winding line 4" });
    expect(codeOf(encodeProof({ ...source, ...rowProof, schemaBytes: renamed }))).toBe(
      "LEDGER_PROOF_SCHEMA",
    );
    const other = encodeProof({ ...source, ...rowProof, schemaSalt: bytesOf("other") });
    expect(codeOf(other)).toBe("LEDGER_PROOF_SCHEMA");
  });

  test("LEDGER_PROOF_ROW: a row or field that is not in the facet, or stands elsewhere", () => {
    const changedRow = process.map((cells, index) => (index === 1 ? [times[1] as number] : cells));
    const cases: readonly Pick<ProofSource, "facet" | "row" | "field">[] = [
      { ...rowProof, facet: 1 },
      { ...rowProof, facet: 2 },
      { ...rowProof, row: proveRow("row", changedRow, saltOf, 1) },
      { ...rowProof, row: { ...rowProof.row, leafIndex: 3 } },
      { ...rowProof, field: fieldProof.field },
      { ...fieldProof, field: null },
      { ...fieldProof, field: proveField(1, quality[1] as Row, saltOf, 2) },
      { ...fieldProof, field: { ...fieldProof.field, fieldIndex: 1 } },
    ];
    for (const one of cases) {
      expect(codeOf(encodeProof({ ...source, ...one }))).toBe("LEDGER_PROOF_ROW");
    }
  });

  test.each([
    ["row", ofRow],
    ["field", ofField],
  ] as const)("no change of a single item of a %s's proof is valid", (_what, json) => {
    const file = JSON.parse(json) as Json;
    const changes = Object.entries(file).flatMap(([name, value]) =>
      changesOf(value).map((to) => ({ name, to })),
    );
    expect(changes.length).toBeGreaterThan(30);
    for (const { name, to } of changes) {
      const verdict = verifyProof(JSON.stringify({ ...file, [name]: to }), checks);
      expect([name, verdict.verdict]).toEqual([name, "invalid"]);
    }
  });
});
