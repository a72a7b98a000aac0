import {
  buildGenesis,
  cardFromText,
  checkCard,
  type Genesis,
  genesisFromText,
  genesisToText,
  type MemberCard,
  type NetworkParameters,
} from "@tegata/ledger/chain";
import { createGuard } from "@tegata/node/guard";
import { CliError } from "../errors.ts";
import { exists, homePaths, readLine, writeWhole } from "./home.ts";

/**
 * Makes the genesis of a network from card files; the own card joins by itself where it is missing.
 * @throws CLI_CARD_REFUSED naming the file, CLI_FILE_UNREADABLE, LEDGER_GENESIS_*
 */
export async function foundGenesis(request: {
  readonly home: string;
  readonly cardFiles: readonly string[];
  readonly parameters: NetworkParameters;
  readonly timeMs: number;
}): Promise<Genesis> {
  const own = await ownCard(request.home);
  const at = { networkName: own.networkName, timeMs: request.timeMs };
  const cards = new Map([[own.memberId, own]]);
  for (const file of request.cardFiles) {
    const card = cardFromText(await readLine(file));
    const verdict = checkCard(card, at);
    if (!verdict.ok) throw new CliError("CLI_CARD_REFUSED", { code: verdict.code, file });
    cards.set(card.memberId, card);
  }
  return buildGenesis([...cards.values()], request.parameters, request.timeMs);
}

/** Reads a genesis file that somebody else made. */
export async function readGenesis(path: string): Promise<Genesis> {
  return genesisFromText(await readLine(path));
}

/**
 * Takes a genesis for this home, once: the own card must be in it, byte for byte. Together with it the
 * signer guard of the consensus key is made; nothing has been signed with that key before. A dry run
 * only checks.
 * @throws CLI_GENESIS_TAKEN, CLI_CARD_UNFINISHED, CLI_GENESIS_WITHOUT_US, NODE_SYNC_FAILED
 */
export async function acceptGenesis(
  home: string,
  genesis: Genesis,
  { dryRun }: { readonly dryRun: boolean } = { dryRun: false },
): Promise<void> {
  const paths = homePaths(home);
  if (await exists(paths.genesis)) throw new CliError("CLI_GENESIS_TAKEN", { home });
  const own = await ownCard(home);
  if (await exists(paths.unseenWords)) throw new CliError("CLI_CARD_UNFINISHED", { home });
  if (!genesis.cards.some((card) => card.hash === own.hash)) {
    throw new CliError("CLI_GENESIS_WITHOUT_US", { network: genesis.networkName });
  }
  if (dryRun) return;
  const place = { folder: paths.guard, consensusKey: own.consensusKey };
  try {
    await createGuard(place, genesis.networkId);
  } catch (error) {
    // Left by an attempt that ended before the genesis was written; no node starts without that file.
    if ((error as { code?: string }).code !== "NODE_GUARD_EXISTS") throw error;
  }
  await writeWhole(paths.genesis, `${genesisToText(genesis)}\n`);
}

/**
 * The card of this home.
 * @throws CLI_HOME_EMPTY when there is none
 */
export async function ownCard(home: string): Promise<MemberCard> {
  const paths = homePaths(home);
  if (!(await exists(paths.card))) throw new CliError("CLI_HOME_EMPTY", { home, near: [] });
  return cardFromText(await readLine(paths.card));
}
