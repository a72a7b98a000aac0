import type { DetailValue } from "../primitives/errors.ts";
import type { BlockId, Hash } from "../primitives/ids.ts";
import type { OffenceReader } from "./accusations.ts";
import {
  type Block,
  certificateHashOf,
  evidenceRootOf,
  transactionsRootOf,
  validatorsHashOf,
} from "./block.ts";
import type { Head } from "./build.ts";
import {
  type BlockEffect,
  type ExecutionRefusal,
  executeBlock,
  type SignatureCheck,
} from "./execute.ts";
import type { TransactionRefusal } from "./refusal.ts";
import type { CertifiedHeight } from "./roster/sidelining.ts";
import { readValidators } from "./state-values.ts";
import type { StateReader } from "./state-view.ts";

/** Every reason why a block is invalid. */
export type BlockRefusalCode =
  | "LEDGER_BLOCK_TRANSACTIONS_ROOT"
  | "LEDGER_BLOCK_CERTIFICATE_HASH"
  | "LEDGER_BLOCK_EVIDENCE_ROOT"
  | "LEDGER_BLOCK_EVIDENCE"
  | "LEDGER_BLOCK_HEIGHT"
  | "LEDGER_BLOCK_PREVIOUS"
  | "LEDGER_BLOCK_TIME"
  | "LEDGER_BLOCK_PROPOSER"
  | "LEDGER_BLOCK_STATE_ROOT"
  | "LEDGER_BLOCK_VALIDATORS"
  | "LEDGER_BLOCK_CERTIFICATE"
  | "LEDGER_BLOCK_TRANSACTION"
  | "LEDGER_BLOCK_SIGNATURE"
  | "LEDGER_BLOCK_CHANGES_ROOT"
  | "LEDGER_BLOCK_NEXT_VALIDATORS";

/** A block that does not follow from the state and the head. */
export interface BlockRefusal {
  readonly ok: false;
  readonly code: BlockRefusalCode;
  readonly detail: Readonly<Record<string, DetailValue>>;
  /** The refused transaction, where that is the reason. */
  readonly refusal: TransactionRefusal | null;
}

/** What the checker cannot compute from the state. */
export interface BlockChecks {
  /** Root of the checkpoint that the block's height names, by own computation. */
  readonly stateRoot: Hash;
  readonly isSigned: SignatureCheck;
  /** What a commit certificate for this block proves, null for other bytes; never asked for the genesis. */
  readonly certified: (
    certificate: Uint8Array,
    decided: { readonly height: number; readonly blockId: BlockId },
  ) => CertifiedHeight | null;
  readonly offence: OffenceReader;
}

function refuse(
  code: BlockRefusalCode,
  detail: Readonly<Record<string, DetailValue>> = {},
): BlockRefusal {
  return { ok: false, code, detail, refusal: null };
}

/**
 * Whether the body is the one that the header, and so the block id, commits to. A stored or received
 * block whose body fails this is damaged, not invalid: fetch it again.
 */
export function checkBody(block: Block): { readonly ok: true } | BlockRefusal {
  const { header } = block;
  if (header.transactionsRoot !== transactionsRootOf(block.transactions.map(({ id }) => id))) {
    return refuse("LEDGER_BLOCK_TRANSACTIONS_ROOT");
  }
  if (header.previousCertificateHash !== certificateHashOf(block.previousCertificate)) {
    return refuse("LEDGER_BLOCK_CERTIFICATE_HASH");
  }
  if (header.evidenceRoot !== evidenceRootOf(block.evidence)) {
    return refuse("LEDGER_BLOCK_EVIDENCE_ROOT");
  }
  return { ok: true };
}

function checkPlace(head: Head, block: Block): BlockRefusal | null {
  const { height, previousBlockId, timeMs } = block.header;
  if (height !== head.height + 1) {
    return refuse("LEDGER_BLOCK_HEIGHT", { expected: head.height + 1, actual: height });
  }
  if (previousBlockId !== head.blockId) {
    return refuse("LEDGER_BLOCK_PREVIOUS", { expected: head.blockId, actual: previousBlockId });
  }
  if (timeMs <= head.timeMs) {
    return refuse("LEDGER_BLOCK_TIME", { previousMs: head.timeMs, timeMs });
  }
  return null;
}

function checkAuthority(
  reader: StateReader,
  block: Block,
  checks: BlockChecks,
): BlockRefusal | null {
  const { proposer, stateRoot, validatorsHash } = block.header;
  const validators = readValidators(reader);
  if (!validators.some(({ member, suspended }) => member === proposer && !suspended)) {
    return refuse("LEDGER_BLOCK_PROPOSER", { proposer });
  }
  if (validatorsHash !== validatorsHashOf(validators)) return refuse("LEDGER_BLOCK_VALIDATORS");
  if (stateRoot !== checks.stateRoot) {
    return refuse("LEDGER_BLOCK_STATE_ROOT", { expected: checks.stateRoot, actual: stateRoot });
  }
  return null;
}

/** The genesis has no certificate; of every other head a valid one is carried. */
function checkCertificate(
  head: Head,
  { previousCertificate }: Block,
  checks: BlockChecks,
): { readonly ok: true; readonly certified: CertifiedHeight | null } | BlockRefusal {
  const isFirst = head.height === 0;
  const certified = isFirst ? null : checks.certified(previousCertificate, head);
  const isValid = isFirst ? previousCertificate.length === 0 : certified !== null;
  return isValid
    ? { ok: true, certified }
    : refuse("LEDGER_BLOCK_CERTIFICATE", { height: head.height });
}

/** Why an execution ended, in the words of a block's refusal. */
function refusalOf(executed: ExecutionRefusal): BlockRefusal {
  const { code, index } = executed;
  if (executed.code === "LEDGER_BLOCK_EVIDENCE") {
    return refuse(code, { index, reason: executed.reason });
  }
  const refusal = executed.code === "LEDGER_BLOCK_TRANSACTION" ? executed.refusal : null;
  const detail = { index, reason: refusal?.code ?? null };
  return { ok: false, code, detail, refusal };
}

/**
 * Whether a block follows from the state and the head, by own execution; the reader stays as it is.
 * Timeliness and possession of payloads are conditions of one's own vote and not asked here.
 */
export function checkBlock(
  reader: StateReader,
  head: Head,
  block: Block,
  checks: BlockChecks,
): ({ readonly ok: true } & BlockEffect) | BlockRefusal {
  const body = checkBody(block);
  if (!body.ok) return body;
  const refused = checkPlace(head, block) ?? checkAuthority(reader, block, checks);
  if (refused !== null) return refused;
  const carried = checkCertificate(head, block, checks);
  if (!carried.ok) return carried;
  const { header, transactions, evidence } = block;
  const executed = executeBlock(reader, {
    height: header.height,
    timeMs: header.timeMs,
    proposer: header.proposer,
    previousBlockId: header.previousBlockId,
    certified: carried.certified,
    transactions,
    isSigned: checks.isSigned,
    evidence,
    offence: checks.offence,
  });
  if (!executed.ok) return refusalOf(executed);
  if (header.changesRoot !== executed.changesRoot) {
    const detail = { expected: executed.changesRoot, actual: header.changesRoot };
    return refuse("LEDGER_BLOCK_CHANGES_ROOT", detail);
  }
  if (header.nextValidatorsHash !== executed.nextValidatorsHash) {
    return refuse("LEDGER_BLOCK_NEXT_VALIDATORS");
  }
  return executed;
}
