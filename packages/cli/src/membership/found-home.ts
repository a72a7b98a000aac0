import { join } from "node:path";
import type { InvitationTicket } from "@tegata/gateway/invitation";
import { type Genesis, genesisToText, type MemberCard } from "@tegata/ledger/chain";
import { makeFolder } from "@tegata/ledger/storage";
import { firstPeersText, type NetworkMember } from "@tegata/node";
import { createGuard } from "@tegata/node/guard";
import { exists, homePaths, writeWhole } from "../founding/home.ts";

/**
 * Makes a home folder belong to the network that invited: the guard of the consensus key, the block through
 * which the chain must pass, and last the genesis. May be repeated.
 */
export async function takeNetwork(
  home: string,
  card: Pick<MemberCard, "consensusKey">,
  genesis: Genesis,
  { trusted }: InvitationTicket,
): Promise<void> {
  const paths = homePaths(home);
  if (await exists(paths.genesis)) return;
  try {
    const place = { folder: paths.guard, consensusKey: card.consensusKey };
    await createGuard(place, genesis.networkId);
  } catch (error) {
    // Left by an attempt that ended before the genesis was written; no node starts without that file.
    if ((error as { code?: string }).code !== "NODE_GUARD_EXISTS") throw error;
  }
  if (trusted.height > 0) {
    await writeWhole(join(home, "trusted-block"), `${trusted.height} ${trusted.blockId}\n`);
  }
  await writeWhole(paths.genesis, `${genesisToText(genesis)}\n`);
}

/** Keeps where members can be dialed until the ledger tells it. */
export async function keepFirstPeers(
  home: string,
  members: readonly NetworkMember[],
): Promise<void> {
  const folder = join(home, "node");
  makeFolder(folder);
  await writeWhole(join(folder, "first-peers"), firstPeersText(members));
}
