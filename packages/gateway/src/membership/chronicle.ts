import { type Block, decodeGenesis, membershipShapes } from "@tegata/ledger/chain";
import type { NodeClient } from "@tegata/node/client";
import type { Book } from "../book/book.ts";
import { isNodeAway } from "../node-away.ts";
import { sealedKey } from "../store/sealed-key.ts";
import type { SealedStore, SealedWrite } from "../store/sealed-store.ts";
import { indexTable } from "../store/tables.ts";
import { type MembershipPicture, newsBetween, takePicture } from "./picture.ts";

/** What the chronicle is written with. */
export interface ChronicleParts {
  readonly node: NodeClient;
  readonly index: SealedStore;
  readonly book: Book;
}

/** What was seen last; whoever left by its own word is not told of again as removed. */
interface Seen extends MembershipPicture {
  readonly leavers: readonly string[];
  /** Whether something may have changed that no picture was taken of. */
  readonly isDue: boolean;
}

const key = sealedKey(indexTable.membership);

/**
 * Finds out what the members decided by comparing the state with what was seen of it last, and tells it once: what
 * was seen and what is told of it reach the disk together with the blocks.
 */
export class Chronicle {
  readonly #parts: ChronicleParts;

  constructor(parts: ChronicleParts) {
    this.#parts = parts;
  }

  /** What a run of blocks adds to the index. */
  async stage(blocks: readonly Block[]): Promise<readonly SealedWrite[]> {
    const last = blocks.at(-1)?.header.height;
    const seen = this.#parts.index.get<Seen>(key) ?? null;
    if (last === undefined || (seen?.isDue !== true && !blocks.some(mayChange))) return [];
    const before = seen ?? (await this.#first());
    const leavers = new Set(before.leavers);
    for (const { transactions } of blocks) {
      for (const { kind, memberId } of transactions) if (kind === "leave") leavers.add(memberId);
    }
    const put = (value: Seen): SealedWrite => ({ type: "put", key, value });
    const taken = await this.#picture();
    // A state further on would tell of blocks that were not read yet.
    if (taken?.height !== last) return [put({ ...before, leavers: [...leavers], isDue: true })];
    const { picture } = taken;
    const isKnown = seen !== null || this.#parts.book.height === 0;
    const news = isKnown ? newsBetween(before, picture, (member) => leavers.has(member)) : [];
    const told = news.length === 0 ? [] : [this.#parts.book.membershipWrite(last, news)];
    return [...told, put({ ...picture, leavers: [...leavers], isDue: false })];
  }

  async #picture() {
    try {
      return await takePicture(this.#parts.node);
    } catch (error) {
      if (isNodeAway(error)) return null;
      throw error;
    }
  }

  /** The members of the genesis; nothing is told of them. */
  async #first(): Promise<Seen> {
    const { cards } = decodeGenesis(Uint8Array.from(await this.#parts.node.genesis()));
    const members = cards.map(({ memberId, rootKey }) => [memberId, { rootKey, hasLeft: false }]);
    const voters = cards.map(({ memberId }) => [memberId, false]);
    return {
      members: Object.fromEntries(members),
      voters: Object.fromEntries(voters),
      versions: { 1: 0 },
      ...{ leavers: [], isDue: true },
    };
  }
}

/** Whether a block may have changed who the members are, or who votes. */
function mayChange({ header, transactions }: Block): boolean {
  if (header.validatorsHash !== header.nextValidatorsHash) return true;
  return transactions.some(({ kind }) => Object.hasOwn(membershipShapes, kind));
}
