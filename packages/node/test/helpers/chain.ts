import { type Block, decodeBlock } from "@tegata/ledger/chain";
import type { NodeClient } from "../../src/api/client.ts";

/** All committed blocks of a node up to a height, read over its socket. */
export async function readChain(client: NodeClient, height: number): Promise<readonly Block[]> {
  const blocks: Block[] = [];
  while (blocks.length < height) {
    const answer = await client.blocks(blocks.length + 1, { waitMs: 5_000, blocksMax: 200 });
    if (answer.blocks.length === 0) throw new Error(`no block ${blocks.length + 1}`);
    blocks.push(...answer.blocks.map(({ block }) => decodeBlock(block)));
  }
  return blocks.slice(0, height);
}

/** Ids of all transactions of a chain, in order. */
export function transactionIds(blocks: readonly Block[]): readonly string[] {
  return blocks.flatMap(({ transactions }) => transactions.map(({ id }) => id));
}
