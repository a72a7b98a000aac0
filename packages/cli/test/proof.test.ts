import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommitCertificate } from "@tegata/consensus";
import {
  blockIdOf,
  encodeHeader,
  encodeProof,
  encodeSchema,
  encodeValidators,
  facetTreeRoot,
  genesisHead,
  genesisValidators,
  type ProofSource,
  proveRow,
  type Row,
  type SetChange,
  type StreamSchema,
  schemaHash,
  signTransaction,
  streamIdOf,
  transactionsRootOf,
  validatorsHashOf,
} from "@tegata/ledger/chain";
import { createSigner, type EntryId, hashId, toHex } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { flippedBytes } from "../../../test/helpers/offline.ts";
import {
  bytesOf,
  certificateBytes,
  chainOf,
  commitOf,
  decided,
  genesisOf,
  type Made,
  person,
} from "../../light/test/helpers/chain.ts";
import { CliError } from "../src/errors.ts";
import { checkProof, networkIdOf } from "../src/proof/check.ts";

const genesis = genesisOf(4);
const network = genesis.networkId;
const validators = genesisValidators(genesis);
const owner = person(0);
const schema: StreamSchema = {
  name: "Press 4",
  zone: "Asia/Tokyo",
  facets: [{ name: "force" }],
  fields: [{ name: "force", type: "integer", facet: 0, unit: "kN" }],
  kind: "rows",
};
const schemaSalt = bytesOf("schema salt");
const schemaBytes = encodeSchema(schema);
const rows: readonly Row[] = [0, 1, 2].map((row) => [genesis.timeMs + row, 400 + row]);
const saltOf = (kind: string, row: number, field: number) => bytesOf(`${kind} ${row} ${field}`);

const transaction = signTransaction(
  {
    memberId: owner.member,
    keyVersion: 1,
    lane: streamIdOf(owner.member, bytesOf("stream").subarray(0, 8)),
    sequence: 2,
    writer: 1,
    entryId: toHex(bytesOf("entry").subarray(0, 16)) as EntryId,
    expiresMs: null,
    payloads: [{ hash: hashId(bytesOf("part")), size: 272 }],
    kind: "records",
    body: {
      suite: 1,
      generation: 1,
      epoch: 0,
      backfill: false,
      schemaHash: schemaHash(schemaSalt, schemaBytes),
      rnd: bytesOf("rnd"),
      facets: [{ root: facetTreeRoot("row", rows, saltOf), commitment: bytesOf("commitment") }],
    },
  },
  createSigner(bytesOf("transaction 0")),
  network,
  0,
);

const anyHash = hashId(bytesOf("any"));
const header = encodeHeader({
  height: 1,
  timeMs: genesis.timeMs + 1_000,
  proposer: owner.member,
  previousBlockId: genesisHead(genesis).blockId,
  transactionsRoot: transactionsRootOf([transaction.id]),
  changesRoot: anyHash,
  stateRoot: anyHash,
  validatorsHash: validatorsHashOf(validators),
  nextValidatorsHash: validatorsHashOf(validators),
  previousCertificateHash: anyHash,
  evidenceRoot: anyHash,
});
const blockId = blockIdOf(header);
const ballot = { network, era: 0, height: 1, round: 2, blockId, type: "precommit" } as const;

function proofWith(commit: CommitCertificate, changed: Partial<ProofSource> = {}): string {
  return encodeProof({
    genesis: genesis.bytes,
    steps: [],
    header,
    certificate: certificateBytes(commit),
    transaction: transaction.bytes,
    transactionIndex: 0,
    transactionIds: [transaction.id],
    facet: 0,
    schemaSalt,
    schemaBytes,
    row: proveRow("row", rows, saltOf, 1),
    field: null,
    ...changed,
  });
}

function refusalOf(text: string): string | null {
  try {
    checkProof(text, network);
    return null;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    expect(error.code).toBe("CLI_PROOF_INVALID");
    return (error as CliError<"CLI_PROOF_INVALID">).detail.code;
  }
}

describe("checking a proof", () => {
  test("tells what it shows, and which companies' signatures decided the block", () => {
    const checked = checkProof(proofWith(commitOf(ballot, validators, [0, 2, 3])), network);
    expect(checked).toMatchObject({ verdict: "valid", companyCount: 4 });
    expect(checked.facts.values).toMatchObject([{ name: "force", cell: 401 }]);
    const members = [0, 2, 3].map((voter) => validators[voter]?.member);
    expect(checked.signers.map(({ memberId }) => memberId)).toEqual(members);
  });

  test("without an anchor says so", () => {
    const proof = proofWith(commitOf(ballot, validators, [0, 1, 2]));
    expect(checkProof(proof, null)).toMatchObject({ verdict: "unanchored" });
    expect(networkIdOf(` ${network.toUpperCase()}\n`)).toBe(network);
    expect(networkIdOf("kansai")).toBeNull();
  });

  const right = commitOf(ballot, validators, [0, 1, 2]);

  test.each([
    ["too few signatures", commitOf(ballot, validators, [0, 1])],
    [
      "one signature twice",
      { ...right, signatures: [0, 0, 1].flatMap((at) => right.signatures.slice(at, at + 1)) },
    ],
    [
      "a wrong signature behind a quorum",
      { ...right, signatures: [...right.signatures, [3, new Uint8Array(64)]] },
    ],
    ["another round", { ...right, round: 3 }],
    ["another height", { ...right, height: 2 }],
    [
      "another block",
      commitOf({ ...ballot, blockId: genesisHead(genesis).blockId }, validators, [0, 1, 2]),
    ],
    ["prevotes", commitOf({ ...ballot, type: "prevote" }, validators, [0, 1, 2])],
    ["another era", commitOf({ ...ballot, era: 1 }, validators, [0, 1, 2])],
  ] satisfies readonly (readonly [string, CommitCertificate])[])(
    "refuses a certificate with %s",
    (_, commit) => {
      expect(refusalOf(proofWith(commit))).toBe("LEDGER_PROOF_CERTIFICATE");
    },
  );

  test("refuses bytes in place of the certificate, and what is no proof", () => {
    const certificate = new Uint8Array(70_000);
    expect(refusalOf(proofWith(right, { certificate }))).toBe("LEDGER_PROOF_CERTIFICATE");
    expect(refusalOf(proofWith(right, { certificate: header }))).toBe("LEDGER_PROOF_CERTIFICATE");
    expect(refusalOf("{}")).toBe("LEDGER_PROOF_FORMAT");
  });
});

/** Five heights: after the second a company is suspended for lying, after the third another votes by a new key. */
const heights = chainOf(genesis, [
  {},
  { offenders: [person(3).member] },
  { requests: [{ type: "rekey", member: person(1).member, key: person(1).spare.publicKey }] },
  {},
  {},
]);
const [, second, third, fourth, fifth] = heights as [Made, Made, Made, Made, Made];
const proven = decided(
  network,
  { ...fifth.header, transactionsRoot: transactionsRootOf([transaction.id]) },
  fifth.validators,
  false,
);
const stepOf = ({ step }: Made, next: Made): SetChange => ({
  ...{ header: step.header, certificate: step.certificate },
  nextValidators: encodeValidators(next.validators),
});
const suspended = stepOf(second, third);
const rekeyed = stepOf(third, fourth);
const lateProof = (changed: Partial<ProofSource> = {}): string => {
  const { header, certificate } = proven.step;
  return proofWith(proven.commit, { header, certificate, steps: [suspended, rekeyed], ...changed });
};

describe("checking a proof of a time after the companies that decide have changed", () => {
  test("leads from the founders to those whose signatures decided the block", () => {
    const checked = checkProof(lateProof(), network);
    expect(checked).toMatchObject({ verdict: "valid", companyCount: 4, facts: { height: 5 } });
    const members = checked.signers.map(({ memberId }) => memberId);
    expect(members).toHaveLength(3);
    expect(members).not.toContain(person(3).member);
    expect(checkProof(lateProof(), null)).toMatchObject({ verdict: "unanchored" });
  });

  test("reads the golden file, which is what the code writes", async () => {
    const file = join(import.meta.dirname, "golden", "proof.json");
    await expect(lateProof()).toMatchFileSnapshot(file);
    const text = await readFile(file, "utf8");
    const id = networkIdOf("29a99a29cfdf9080c781592ace87f1ddd496ddcab53771297ad0fe1ed2658ea1");
    expect(checkProof(text, id)).toMatchObject({ verdict: "valid", facts: { networkId: id } });
  });

  const longer = (bytes: Uint8Array): Uint8Array => Uint8Array.from([...bytes, 0]);
  const certificateBy = (made: Made, { validators: by }: Made): Uint8Array =>
    certificateBytes(
      commitOf(
        made.ballot,
        by,
        [0, 1, 2, 3].filter((at) => !by[at]?.suspended),
      ),
    );

  test.each([
    ["no step", [], "VALIDATORS"],
    ["the first step missing", [rekeyed], "VALIDATORS"],
    ["the last step missing", [suspended], "VALIDATORS"],
    ["steps out of order", [rekeyed, suspended], "VALIDATORS"],
    ["a step twice", [suspended, suspended, rekeyed], "VALIDATORS"],
    ["a step that changes nothing", [suspended, rekeyed, stepOf(fourth, fifth)], "VALIDATORS"],
    [
      "a later step",
      [suspended, rekeyed, { ...suspended, header: proven.step.header }],
      "CERTIFICATE",
    ],
    [
      "the set before in place of the one after",
      [{ ...suspended, nextValidators: encodeValidators(validators) }, rekeyed],
      "VALIDATORS",
    ],
    [
      "a set without the suspension",
      [suspended, { ...rekeyed, nextValidators: encodeValidators(validators) }],
      "VALIDATORS",
    ],
    [
      "a byte more behind a set",
      [suspended, { ...rekeyed, nextValidators: longer(rekeyed.nextValidators) }],
      "VALIDATORS",
    ],
    [
      "a byte more behind a header",
      [{ ...suspended, header: longer(suspended.header) }, rekeyed],
      "VALIDATORS",
    ],
    [
      "a byte more behind a certificate",
      [{ ...suspended, certificate: longer(suspended.certificate) }, rekeyed],
      "CERTIFICATE",
    ],
    [
      "a step certified by the set before, the suspended company with it",
      [suspended, { ...rekeyed, certificate: certificateBy(third, second) }],
      "CERTIFICATE",
    ],
    [
      "a step certified by the set after",
      [suspended, { ...rekeyed, certificate: certificateBy(third, fourth) }],
      "CERTIFICATE",
    ],
    [
      "a step's certificate of another",
      [{ ...suspended, certificate: rekeyed.certificate }, rekeyed],
      "CERTIFICATE",
    ],
  ] satisfies readonly (readonly [string, readonly SetChange[], string])[])(
    "refuses %s: %3$s",
    (_, steps, code) => {
      expect(refusalOf(lateProof({ steps }))).toBe(`LEDGER_PROOF_${code}`);
    },
  );

  test("refuses a block that the founders decided after they no longer did", () => {
    const commit = commitOf(proven.ballot, validators, [0, 1, 2]);
    const certificate = certificateBytes(commit);
    expect(refusalOf(lateProof({ certificate }))).toBe("LEDGER_PROOF_CERTIFICATE");
    const { step } = decided(
      network,
      { ...fifth.header, validatorsHash: validatorsHashOf(validators) },
      validators,
      false,
    );
    expect(refusalOf(lateProof(step as Partial<ProofSource>))).toBe("LEDGER_PROOF_VALIDATORS");
  });

  test("refuses more steps than any proof has, and each flipped byte of those it has", () => {
    const many = Array.from({ length: 4_097 }, () => suspended);
    expect(refusalOf(lateProof({ steps: many }))).toBe("LEDGER_PROOF_FORMAT");
    const altered = [...flippedBytes(lateProof(), 12)].filter(({ place }) =>
      place.startsWith("steps"),
    );
    expect(altered).toHaveLength(2 * 3 * 12);
    for (const { place, text } of altered) expect([place, refusalOf(text)]).not.toContain(null);
  });
});
