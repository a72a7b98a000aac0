import { assert } from "../primitives/assert.ts";
import type { BlockId, Hash, MemberId, PublicKey } from "../primitives/ids.ts";
import { Accusations, type OffenceReader } from "./accusations.ts";
import { validatorsHashOf } from "./block.ts";
import { applyTransaction, checkTransaction, transactionKey } from "./check.ts";
import type { BlockContext } from "./context.ts";
import { writeBar } from "./membership-values.ts";
import { writeMilestones } from "./milestones.ts";
import type { TransactionRefusal } from "./refusal.ts";
import type { EvidenceRefusal } from "./roster/offence.ts";
import { type Roster, rosterAfter } from "./roster/roster.ts";
import type { ValidatorChange } from "./roster/shapes.ts";
import type { CertifiedHeight } from "./roster/sidelining.ts";
import { readRoster, writeRoster } from "./roster-state.ts";
import { changesRootOf } from "./state-root.ts";
import { readClock, writeClock } from "./state-values.ts";
import { type Change, type StateReader, StateView } from "./state-view.ts";
import type { Transaction } from "./transaction.ts";

/** Answers whether this key signed a transaction, from a cache or by verifying; the caller knows network and era. */
export type SignatureCheck = (transaction: Transaction, key: PublicKey) => boolean;

/** What every block says of itself and of the height before. */
export interface BlockFacts {
  readonly height: number;
  readonly timeMs: number;
  readonly proposer: MemberId;
  /** The block before; at height 1 the network id. */
  readonly previousBlockId: BlockId;
  /** What the previous certificate proves, which was verified; null at height 1. */
  readonly certified: CertifiedHeight | null;
}

/** What is executed. */
export interface Execution extends BlockFacts {
  readonly transactions: readonly Transaction[];
  readonly isSigned: SignatureCheck;
  readonly evidence: readonly Uint8Array[];
  readonly offence: OffenceReader;
}

/** What a block does to the state. */
export interface BlockEffect {
  /** All writes, sorted by key; null deletes. */
  readonly changes: readonly Change[];
  readonly changesRoot: Hash;
  readonly validatorsHash: Hash;
  readonly nextValidatorsHash: Hash;
}

/** Why a block cannot be executed: its first refused or wrongly signed transaction, or piece of evidence. */
export type ExecutionRefusal =
  | { readonly ok: false; readonly code: "LEDGER_BLOCK_SIGNATURE"; readonly index: number }
  | {
      readonly ok: false;
      readonly code: "LEDGER_BLOCK_TRANSACTION";
      readonly index: number;
      readonly refusal: TransactionRefusal;
    }
  | {
      readonly ok: false;
      readonly code: "LEDGER_BLOCK_EVIDENCE";
      readonly index: number;
      readonly reason: EvidenceRefusal;
    };

/**
 * Checks and applies transactions, then evidence, in order on the state that `reader` shows, which stays as
 * it is. The first that is refused or not signed ends it: nothing on the chain has failed.
 */
export function executeBlock(
  reader: StateReader,
  execution: Execution,
): ({ readonly ok: true } & BlockEffect) | ExecutionRefusal {
  const { height, timeMs, transactions, isSigned, evidence, offence } = execution;
  const view = new StateView(reader);
  const context: BlockContext = { height, timeMs, startOfBlock: reader };
  for (const [index, transaction] of transactions.entries()) {
    const verdict = checkTransaction(view, transaction, context);
    if (!verdict.ok) {
      return { ok: false, code: "LEDGER_BLOCK_TRANSACTION", index, refusal: verdict };
    }
    const key = transactionKey(view, transaction);
    assert(key !== null, "the key of a checked transaction is known");
    if (!isSigned(transaction, key)) return { ok: false, code: "LEDGER_BLOCK_SIGNATURE", index };
    applyTransaction(view, transaction, context);
  }
  const accusations = new Accusations(view, height, offence);
  for (const [index, piece] of evidence.entries()) {
    const verdict = accusations.take(piece);
    if (!verdict.ok) {
      return { ok: false, code: "LEDGER_BLOCK_EVIDENCE", index, reason: verdict.reason };
    }
  }
  return { ok: true, ...closeBlock(view, execution, accusations.members) };
}

/** Whoever is accused does not enter the set of its own accord. */
function withoutEntering(roster: Roster, offenders: readonly MemberId[]): Roster {
  const isBarredEntry = ({ type, member }: ValidatorChange) =>
    type === "add" && offenders.includes(member);
  if (!roster.changes.some(isBarredEntry)) return roster;
  return { ...roster, changes: roster.changes.filter((change) => !isBarredEntry(change)) };
}

/** Writes what every block writes, and sums the block up. Source: docs/PROTOCOL.md 5.10. */
export function closeBlock(
  view: StateView,
  facts: BlockFacts,
  offenders: readonly MemberId[],
): BlockEffect {
  const { height, timeMs, proposer, certified } = facts;
  const before = readRoster(view);
  const lastProposer = readClock(view).proposer;
  for (const member of offenders) writeBar(view, member, height);
  const step = { height, lastProposer, certified, offenders, requests: [] };
  const after = rosterAfter(withoutEntering(before, offenders), step);
  writeRoster(view, height, before, after);
  writeMilestones(view, facts);
  writeClock(view, { height, timeMs, proposer });
  const changes = view.changes();
  return {
    changes,
    changesRoot: changesRootOf(changes),
    validatorsHash: validatorsHashOf(before.validators),
    nextValidatorsHash: validatorsHashOf(after.validators),
  };
}
