import { assert } from "../../primitives/assert.ts";
import { accepted } from "../../primitives/errors.ts";
import type { BlockContext } from "../context.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import {
  readGrant,
  readStream,
  writeGeneration,
  writeGrant,
  writeStream,
} from "../state-values.ts";
import type { StateReader, StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";
import type { GrantId } from "../wire-shapes.ts";
import { ownStream } from "./own-stream.ts";

/** A roll begins the generation after the live one and ends live grants of this stream, each once. */
export function checkStreamRoll(
  view: StateReader,
  transaction: TransactionOf<"stream-roll">,
): TransactionVerdict {
  const own = ownStream(view, transaction);
  if (!own.ok) return own;
  const { generation, endedGrants } = transaction.body;
  const expected = own.stream.generation + 1;
  if (generation !== expected) {
    return refuseTransaction("LEDGER_TX_GENERATION", { expected, actual: generation });
  }
  const named = new Set<GrantId>();
  for (const grant of endedGrants) {
    const state = readGrant(view, transaction.lane, grant);
    if (state === null || state.endedHeight !== null || named.has(grant)) {
      return refuseTransaction("LEDGER_TX_GRANT_NOT_LIVE", { grant });
    }
    named.add(grant);
  }
  return accepted;
}

/** From now on only the new generation accepts records. */
export function applyStreamRoll(
  view: StateView,
  transaction: TransactionOf<"stream-roll">,
  context: BlockContext,
): void {
  const { lane, body, id } = transaction;
  const stream = readStream(view, lane);
  assert(stream !== null, "a checked roll has its stream");
  writeStream(view, lane, { ...stream, generation: body.generation });
  writeGeneration(view, lane, body.generation, { heightFirst: context.height, transactionId: id });
  for (const grant of body.endedGrants) {
    const state = readGrant(view, lane, grant);
    assert(state !== null, "a checked roll ends grants that exist");
    writeGrant(view, lane, grant, { ...state, endedHeight: context.height });
  }
}
