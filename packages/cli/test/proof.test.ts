import type { CommitCertificate } from "@tegata/consensus";
import {
  blockIdOf,
  encodeHeader,
  encodeProof,
  encodeSchema,
  facetTreeRoot,
  genesisHead,
  genesisValidators,
  type ProofSource,
  proveRow,
  type Row,
  type StreamSchema,
  schemaHash,
  signTransaction,
  streamIdOf,
  transactionsRootOf,
  validatorsHashOf,
} from "@tegata/ledger/chain";
import { createSigner, type EntryId, hashId, toHex } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import {
  bytesOf,
  certificateBytes,
  commitOf,
  genesisOf,
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
