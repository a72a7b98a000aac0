import { type BlockHeader, type Change, countRoot, type TreePath } from "@tegata/ledger/chain";
import {
  encode,
  type Hash,
  idBytes,
  rootOfPath,
  type TransactionId,
} from "@tegata/ledger/primitives";

function isUnder(root: Hash, tag: string, leaf: Uint8Array, place: TreePath): boolean {
  const { index, count, path } = place;
  const reached = rootOfPath(leaf, index, count, path);
  return reached !== null && countRoot(tag, count, reached) === root;
}

/**
 * Whether the block of a followed header holds the transaction, at this place among all of them.
 * Source: docs/PROTOCOL.md, Blocks.
 */
export function holdsTransaction(
  header: BlockHeader,
  transaction: TransactionId,
  place: TreePath,
): boolean {
  return isUnder(header.transactionsRoot, "transactions", idBytes(transaction), place);
}

/**
 * Whether the block of a followed header wrote this key of the state so; a null value is a deletion.
 * It says what the state was after that block, and nothing of later ones.
 * Source: docs/PROTOCOL.md, Blocks.
 */
export function holdsChange(header: BlockHeader, change: Change, place: TreePath): boolean {
  const [key, value] = change;
  return isUnder(header.changesRoot, "changes", encode([key, value]), place);
}
