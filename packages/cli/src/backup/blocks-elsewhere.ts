import { decodeStateKey, readMember, tablePrefix } from "@tegata/ledger/chain";
import { LedgerError, type MemberId, type NetworkId } from "@tegata/ledger/primitives";
import { openChainStore } from "@tegata/ledger/storage";

/** Whether another company has the blocks of a chain; where it cannot be read nobody knows, and `code` says why. */
export type BlocksElsewhere =
  | { readonly type: "others" | "nowhere" }
  | { readonly type: "unknown"; readonly code: string };

/**
 * Asks the chain in a folder whether a member besides `own` has not left, as of its head. Founders may have
 * left and others joined, so that the genesis does not say it. Repairs nothing.
 * @throws LEDGER_STORE_LOCKED while a node runs on it
 */
export async function blocksElsewhere(
  folder: string,
  networkId: NetworkId,
  own: MemberId,
): Promise<BlocksElsewhere> {
  try {
    const chain = await openChainStore({ folder, networkId, mode: "open" });
    try {
      const reader = chain.reader();
      for await (const { key } of chain.stateEntries(tablePrefix("member"))) {
        const place = decodeStateKey(key);
        if (place.table !== "member" || place.memberId === own) continue;
        if (readMember(reader, place.memberId)?.leftHeight === null) return { type: "others" };
      }
      return { type: "nowhere" };
    } finally {
      await chain.close();
    }
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code === "LEDGER_STORE_LOCKED") throw error;
    return { type: "unknown", code: error.code };
  }
}
