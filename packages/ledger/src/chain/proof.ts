import { LedgerError, type Verdict } from "../primitives/errors.ts";
import {
  type BlockId,
  equalBytes,
  idBytes,
  type MemberId,
  type NetworkId,
  type StreamId,
  type TransactionId,
} from "../primitives/ids.ts";
import { rootOfPath } from "../primitives/merkle.ts";
import { type BlockHeader, blockIdOf, decodeHeader } from "./block.ts";
import { countRoot } from "./counted-root.ts";
import { type Cell, decodeLeaf, type Leaf } from "./disclosure.ts";
import { decodeGenesis, type Genesis, networkIdOf } from "./genesis.ts";
import type { MemberCard } from "./member-card.ts";
import { decodeProof, type ProofFile, type ProvenLeaf, type SetChange } from "./proof-file.ts";
import type { Validator } from "./roster/shapes.ts";
import {
  decodeSchema,
  facetFields,
  type SchemaField,
  type StreamSchema,
  schemaHash,
} from "./schema.ts";
import { decodeTransaction, type TransactionOf, verifyTransaction } from "./transaction.ts";

/** What a certificate has to decide: this block at this height, by these validators. */
export interface CertifiedBlock {
  readonly network: NetworkId;
  readonly era: number;
  readonly height: number;
  readonly blockId: BlockId;
  readonly validators: readonly Validator[];
}

/** A block of which a proof says that its network decided it. */
export interface ClaimedBlock {
  readonly genesis: Genesis;
  /** How the founders became the set that decided it. */
  readonly steps: readonly SetChange[];
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
}

/** Whether it did. */
export type DecisionVerdict = Verdict<"LEDGER_PROOF_VALIDATORS" | "LEDGER_PROOF_CERTIFICATE">;

/** What a verifier brings along. */
export interface ProofChecks {
  /** Network the verifier knows from elsewhere; null leaves the proof without an anchor. */
  readonly networkId: NetworkId | null;
  /** Whether the steps lead from the founders to a set of which a quorum decided the block. */
  readonly verifyDecision: (claimed: ClaimedBlock) => DecisionVerdict;
}

/** Why a proof proves nothing. */
export type ProofRefusalCode =
  | "LEDGER_PROOF_FORMAT"
  | "LEDGER_PROOF_NETWORK"
  | "LEDGER_PROOF_VALIDATORS"
  | "LEDGER_PROOF_CERTIFICATE"
  | "LEDGER_PROOF_TRANSACTION"
  | "LEDGER_PROOF_SIGNATURE"
  | "LEDGER_PROOF_SCHEMA"
  | "LEDGER_PROOF_ROW";

/** A value that is shown, with the name its stream gives it. */
export interface ShownValue extends SchemaField {
  readonly cell: Cell;
}

/** What a proof says, once everything in it fits together. */
export interface ProofFacts {
  readonly networkId: NetworkId;
  readonly networkName: string;
  readonly height: number;
  readonly blockId: BlockId;
  /** Time of the block: when the network wrote it down. */
  readonly blockTimeMs: number;
  readonly transactionId: TransactionId;
  readonly owner: { readonly memberId: MemberId; readonly name: string; readonly handle: string };
  readonly streamId: StreamId;
  readonly streamName: string;
  readonly sequence: number;
  readonly facetName: string;
  /** Row within its batch, from 0. */
  readonly row: number;
  /** When the owner says it was observed; null where that field is not shown. */
  readonly observedMs: number | null;
  readonly values: readonly ShownValue[];
}

/** `unanchored`: everything fits together, but nobody said that this is the right network. */
export type ProofVerdict =
  | { readonly verdict: "valid" | "unanchored"; readonly facts: ProofFacts }
  | { readonly verdict: "invalid"; readonly code: ProofRefusalCode };

/** A step's result, or the reason why there is none. */
type Step<T> = T | ProofRefusalCode;

function isReason<T extends object>(step: Step<T>): step is ProofRefusalCode {
  return typeof step === "string";
}

/** Runs a strict decoder; what it refuses is a null here. */
function tryDecode<T>(decoder: () => T): T | null {
  try {
    return decoder();
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

interface Decided {
  readonly genesis: Genesis;
  readonly header: BlockHeader;
  readonly blockId: BlockId;
}

/** The network of the genesis decided the block, whoever its validators were by then. */
function verifyBlock(file: ProofFile, checks: ProofChecks): Step<Decided> {
  // A stranger's genesis of many founders takes seconds to check, its id a moment.
  if (checks.networkId !== null && checks.networkId !== networkIdOf(file.genesis)) {
    return "LEDGER_PROOF_NETWORK";
  }
  const genesis = tryDecode(() => decodeGenesis(file.genesis));
  const header = tryDecode(() => decodeHeader(file.header));
  if (genesis === null || header === null) return "LEDGER_PROOF_FORMAT";
  const { steps, certificate } = file;
  const verdict = checks.verifyDecision({ genesis, steps, header: file.header, certificate });
  if (!verdict.ok) return verdict.code;
  return { genesis, header, blockId: blockIdOf(file.header) };
}

interface Written {
  readonly transaction: TransactionOf<"records">;
  readonly card: MemberCard;
}

/** The transaction is in the block, holds records, and is signed by the founder it names. */
function verifyWritten(file: ProofFile, { genesis, header }: Decided): Step<Written> {
  const transaction = tryDecode(() => decodeTransaction(file.transaction));
  if (transaction === null) return "LEDGER_PROOF_FORMAT";
  const { index, count, path } = file.transactionPlace;
  const root = rootOfPath(idBytes(transaction.id), index, count, path);
  if (root === null || countRoot("transactions", count, root) !== header.transactionsRoot) {
    return "LEDGER_PROOF_TRANSACTION";
  }
  if (transaction.kind !== "records") return "LEDGER_PROOF_TRANSACTION";
  const card = genesis.cards.find(({ memberId }) => memberId === transaction.memberId);
  const signed =
    card !== undefined &&
    transaction.keyVersion === 1 &&
    verifyTransaction(transaction, card.transactionKey, genesis.networkId, 0);
  return signed ? { transaction, card } : "LEDGER_PROOF_SIGNATURE";
}

interface Shown {
  readonly schema: StreamSchema;
  readonly row: number;
  readonly observedMs: number | null;
  readonly values: readonly ShownValue[];
}

function shownCells(
  fields: readonly SchemaField[],
  row: number,
  cells: readonly (readonly [index: number, cell: Cell])[],
  schema: StreamSchema,
): Step<Shown> {
  const values: ShownValue[] = [];
  let observedMs: number | null = null;
  for (const [index, cell] of cells) {
    const field = fields[index - 1];
    if (index === 0 && typeof cell === "number") observedMs = cell;
    else if (field !== undefined) values.push({ ...field, cell });
    else return "LEDGER_PROOF_ROW";
  }
  return { schema, row, observedMs, values };
}

/** The leaf is one that the root leads to; such trees are padded, so that their size is a power of two. */
function leafUnder(root: Uint8Array, proven: ProvenLeaf): Leaf | null {
  const { leaf, index, count, path } = proven;
  if (count !== 2 ** path.length) return null;
  const reached = rootOfPath(leaf, index, count, path);
  return reached !== null && equalBytes(reached, root) ? decodeLeaf(leaf) : null;
}

/** Row or field lie under the facet's root, and the schema that names them is the stream's. */
function verifyShown(file: ProofFile, { transaction }: Written): Step<Shown> {
  const { facets, schemaHash: expected } = transaction.body;
  const facet = facets[file.facet];
  const schema = tryDecode(() => decodeSchema(file.schemaBytes));
  const fits =
    schema !== null &&
    file.schemaSalt.length === 32 &&
    schemaHash(file.schemaSalt, file.schemaBytes) === expected &&
    schema.facets.length === facets.length;
  if (!fits) return "LEDGER_PROOF_SCHEMA";
  if (facet === undefined) return "LEDGER_PROOF_ROW";
  // Honest roots never repeat; one that does would let a row stand under the names of either facet.
  const alike = facets.filter(({ root }) => equalBytes(root, facet.root));
  if (alike.length !== 1) return "LEDGER_PROOF_ROW";
  const fields = facetFields(schema, file.facet);
  const leaf = leafUnder(facet.root, file.row);
  if (leaf === null || (leaf.type !== "row" && leaf.type !== "fields")) return "LEDGER_PROOF_ROW";
  if (file.row.index !== leaf.row + 1) return "LEDGER_PROOF_ROW";
  if (leaf.type === "row") {
    const whole = file.field === null && leaf.cells.length === fields.length + 1;
    if (!whole) return "LEDGER_PROOF_ROW";
    return shownCells(fields, leaf.row, [...leaf.cells.entries()], schema);
  }
  const single = file.field === null ? null : leafUnder(leaf.root, file.field);
  const placed =
    single?.type === "field" && single.row === leaf.row && single.field === file.field?.index;
  if (!placed) return "LEDGER_PROOF_ROW";
  return shownCells(fields, leaf.row, [[single.field, single.cell]], schema);
}

/**
 * Verifies a proof file without any network: genesis, steps, certificate, transaction, signature, schema, row or
 * field. Never throws for what is in the file. Without a network id the answer is at most `unanchored`.
 * Source: docs/PROTOCOL.md, Proof file.
 */
export function verifyProof(proofJson: string, checks: ProofChecks): ProofVerdict {
  const file = decodeProof(proofJson);
  if (file === null) return { verdict: "invalid", code: "LEDGER_PROOF_FORMAT" };
  const decided = verifyBlock(file, checks);
  if (isReason(decided)) return { verdict: "invalid", code: decided };
  const written = verifyWritten(file, decided);
  if (isReason(written)) return { verdict: "invalid", code: written };
  const shown = verifyShown(file, written);
  if (isReason(shown)) return { verdict: "invalid", code: shown };
  const verdict = checks.networkId === null ? "unanchored" : "valid";
  return { verdict, facts: factsOf(file, decided, written, shown) };
}

function factsOf(file: ProofFile, decided: Decided, written: Written, shown: Shown): ProofFacts {
  const { genesis, header, blockId } = decided;
  const { transaction, card } = written;
  return {
    networkId: genesis.networkId,
    networkName: genesis.networkName,
    height: header.height,
    blockId,
    blockTimeMs: header.timeMs,
    transactionId: transaction.id,
    owner: { memberId: card.memberId, name: card.name, handle: card.handle },
    streamId: transaction.lane,
    streamName: shown.schema.name,
    sequence: transaction.sequence,
    facetName: shown.schema.facets[file.facet]?.name ?? "",
    row: shown.row,
    observedMs: shown.observedMs,
    values: shown.values,
  };
}
