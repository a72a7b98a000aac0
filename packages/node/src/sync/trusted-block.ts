import { readFile } from "node:fs/promises";
import type { BlockId } from "@tegata/ledger/primitives";
import type { ChainStore } from "@tegata/ledger/storage";
import { NodeError } from "../errors.ts";

/** A block that the chain must have: the one of the invitation, or one that members confirmed. */
export interface TrustedBlock {
  readonly height: number;
  readonly blockId: BlockId;
}

/**
 * Reads the file `trusted-block` of a home folder; null where there is none.
 * Source: docs/PROTOCOL.md section 9.
 * @throws NODE_CONFIG_INVALID
 */
export async function readTrustedBlock(path: string): Promise<TrustedBlock | null> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if ((error as { readonly code?: string }).code === "ENOENT") return null;
    const reason = "the file cannot be read";
    throw new NodeError("NODE_CONFIG_INVALID", `${path}: ${reason}`, { path, reason }, error);
  });
  if (text === null) return null;
  const found = /^(0|[1-9][0-9]{0,14}) ([0-9a-f]{64})\s*$/.exec(text);
  if (found === null) {
    const reason = "it is no line of a height and a block id";
    throw new NodeError("NODE_CONFIG_INVALID", `${path}: ${reason}`, { path, reason });
  }
  return { height: Number(found[1]), blockId: found[2] as BlockId };
}

/**
 * Refuses a chain that has another block where the trusted one should be; one that has not come so far, or
 * begins above it, says nothing.
 * @throws NODE_TRUSTED_BLOCK
 */
export function checkTrustedBlock(
  { height, blockId }: TrustedBlock,
  store: Pick<ChainStore, "blockId">,
): void {
  const actual = store.blockId(height);
  if (actual === null || actual === blockId) return;
  const message = `at height ${height} this chain has another block than the trusted one`;
  const detail = { height, expected: blockId, actual };
  throw new NodeError("NODE_TRUSTED_BLOCK", message, detail);
}
