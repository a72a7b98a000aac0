import type { LedgerError } from "../primitives/index.ts";
import type { ChainStore } from "./chain-store.ts";
import { damagedAt, isDamage } from "./stored-block.ts";

/** How a height was found; `damage` tells what is lost, and `restoreBlock` heals it. */
export interface CheckedHeight {
  readonly height: number;
  readonly damage: LedgerError<"LEDGER_STORE_DAMAGED"> | null;
}

/** Heights that a start looks at before it goes on; the rest can follow in the background. */
export const heightsCheckedAtStart = 1_000;

/** Block, certificate and the link to the block before. */
function checkHeight(store: ChainStore, height: number): void {
  const block = store.block(height);
  if (block === null) return;
  store.certificate(height);
  const previous = store.blockId(height - 1);
  if (previous === null && height === store.baseHeight) return;
  if (block.header.previousBlockId !== previous) throw damagedAt(height, "block");
}

/**
 * Verifies committed blocks from the head downwards, at most `countMax`, one a step, so that the caller
 * can do other things in between. LevelDB returns altered bytes as data and opens with holes: whoever
 * serves or replays blocks after a start looks first.
 * @throws LEDGER_STORE_DAMAGED with height null when the state database itself is damaged,
 * LEDGER_STORE_FAILED, LEDGER_STORE_CLOSED
 */
export function* checkBlocks(
  store: ChainStore,
  countMax: number = heightsCheckedAtStart,
): Generator<CheckedHeight> {
  const { height: last } = store.head();
  const below = Math.max(0, store.baseHeight - 1, last - countMax);
  for (let height = last; height > below; height -= 1) {
    let damage: CheckedHeight["damage"] = null;
    try {
      checkHeight(store, height);
    } catch (error) {
      if (!isDamage(error) || error.detail.height === null) throw error;
      damage = error;
    }
    yield { height, damage };
  }
}
