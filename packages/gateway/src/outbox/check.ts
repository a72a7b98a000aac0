import {
  checkTransaction,
  clockKey,
  decodeStateValue,
  decodeTransaction,
  grantKey,
  laneKey,
  memberKey,
  parametersKey,
  quotaKey,
  type StateReader,
  streamKey,
  type Transaction,
  type TransactionVerdict,
  writerKey,
} from "@tegata/ledger/chain";
import { toHex } from "@tegata/ledger/primitives";
import type { NodeClient } from "@tegata/node/client";

/** What the rules read for a transaction, by its kind. */
function keysOf(transaction: Transaction): readonly Uint8Array[] {
  const { memberId, lane } = transaction;
  const common = [
    memberKey(memberId),
    laneKey(memberId, lane),
    writerKey(memberId),
    quotaKey(memberId),
    streamKey(lane),
    parametersKey,
    clockKey,
  ];
  if (transaction.kind === "stream-roll") {
    return [...common, ...transaction.body.endedGrants.map((id) => grantKey(lane, id))];
  }
  if (transaction.kind !== "grant") return common;
  return [...common, ...transaction.body.map(({ grantee }) => memberKey(grantee))];
}

/**
 * Whether the next block could take a transaction that the node holds and that does not get committed: a
 * node keeps in silence what only waits for time, so the sender has to ask the rules itself.
 * @throws what the node's client throws
 */
export async function judge(
  node: NodeClient,
  bytes: Uint8Array,
  nowMs: number,
): Promise<TransactionVerdict> {
  const transaction = decodeTransaction(bytes);
  const keys = keysOf(transaction);
  const { height, values } = await node.state(keys);
  const known = new Map(keys.map((key, index) => [toHex(key), values[index] ?? null]));
  const reader: StateReader = {
    get: (key) => {
      const value = known.get(toHex(key)) ?? null;
      return value === null ? null : Uint8Array.from(value);
    },
  };
  const clock = reader.get(clockKey);
  const headMs = clock === null ? 0 : decodeStateValue("clock", clock).timeMs;
  const timeMs = Math.max(nowMs, headMs + 1);
  return checkTransaction(reader, transaction, {
    height: height + 1,
    timeMs,
    startOfBlock: reader,
  });
}
