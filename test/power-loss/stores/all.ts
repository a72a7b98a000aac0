import { chain } from "./chain.ts";
import { collecting } from "./collecting.ts";
import { files } from "./files.ts";
import { level } from "./level.ts";
import { outbox } from "./outbox.ts";
import type { Store } from "./store.ts";
import { votes } from "./votes.ts";

/** Everything of the product that keeps what was acknowledged. */
export const stores: readonly Store[] = [level, chain, votes, outbox, files, collecting];

/** @throws a name that no store has */
export function storeOf(name: string): Store {
  const found = stores.find((store) => store.name === name);
  if (found === undefined) throw new Error(`no store ${name}`);
  return found;
}
