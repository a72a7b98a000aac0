import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { buildGenesis, cardToText, defaultParameters, genesisToText } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import type { NodeStatus } from "@tegata/node/client";
import { onTestFinished } from "vitest";
import type { Desk, Wish } from "../../gateway/src/api/desk.ts";
import { openApi } from "../../gateway/src/api/server.ts";
import { createLog } from "../../gateway/src/log.ts";
import { type Company, makeCompany } from "../../gateway/test/helpers/companies.ts";
import { deskOver } from "../../gateway/test/helpers/desk-over.ts";
import { HostileLedger } from "../../gateway/test/helpers/hostile-ledger.ts";
import { homePaths } from "../src/founding/home.ts";
import { type Ran, tegata, temporaryFolder } from "./command-helpers.ts";

/** A ledger of two companies, whose node tells whether the other one is there. */
class PairLedger extends HostileLedger {
  companies: readonly Company[] = [];
  isOtherHere = true;

  override async status(): Promise<NodeStatus> {
    const { height } = this.blocksMade.at(-1)?.header ?? { height: 0 };
    const here = (self: boolean): boolean => self || this.isOtherHere;
    return {
      ...{ version: "1.0.0", network: this.genesis_.networkId, networkName: "Test Motors" },
      ...{ member: this.companies[0]?.card.memberId ?? "", height, headBlockId: "00".repeat(32) },
      state: this.isOtherHere ? "ready" : "no-quorum",
      ...{ headTimeMs: Date.now(), round: 0, proposer: null, quorum: 2, outdatedFrom: null },
      members: this.companies.map(({ card: { memberId, name, handle } }, index) => ({
        ...{ member: memberId, name, handle, connected: here(index === 0), self: index === 0 },
        ...{ leftHeight: null, standing: "voting", sinceHeight: 0, offenceHeight: null },
        reach: index === 0 ? null : this.isOtherHere ? "direct-in" : "away",
        ...{ lastSeenMs: null, reachSinceMs: null, version: null },
        ...{ dialFailure: null, dialedUsAtMs: null },
      })),
      ...{ mempool: { transactions: 0, bytes: 0 }, sync: { kind: "none", done: 0, of: 0 } },
      ...{ payloadsMissing: 0, clockAheadMs: null, startedAtMs: Date.now() },
    };
  }
}

/** Aoki Motors with a running gateway; Kato Press comes and goes. */
export class LoneCompany {
  readonly home: string;
  readonly ledger: PairLedger;

  private constructor(home: string, ledger: PairLedger) {
    this.home = home;
    this.ledger = ledger;
  }

  /** `patienceMs`: a command that would wait longer for the other, while it is away, waits so long. */
  static async open(patienceMs: number): Promise<LoneCompany> {
    const home = temporaryFolder();
    const folder = temporaryFolder();
    const companies = [await makeCompany(0, folder), await makeCompany(1, folder)] as const;
    const cards = companies.map(({ card }) => card);
    const genesis = buildGenesis(cards, defaultParameters, Date.now());
    const ledger = new PairLedger(genesis);
    Object.assign(ledger, { companies, isPrompt: true });
    const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
    const { desk, stop } = await deskOver(companies[0], genesis.networkId, ledger, stores);
    const socket = homePaths(home).gatewaySocket;
    await mkdir(dirname(socket), { recursive: true });
    await writeFile(homePaths(home).card, cardToText(companies[0].card));
    await writeFile(homePaths(home).genesis, genesisToText(genesis));
    const log = createLog("error", { write: () => undefined });
    // Who is there is waited for as long as ever: a busy machine is slow by itself.
    const asked = impatient(desk, () => (ledger.isOtherHere ? null : patienceMs));
    const api = await openApi(asked, { kind: "socket", path: socket }, "1", log);
    onTestFinished(async () => {
      await api.close();
      await stop();
    });
    return new LoneCompany(home, ledger);
  }

  /** From now on nothing is agreed. */
  lose(): void {
    this.ledger.isPrompt = false;
    this.ledger.isOtherHere = false;
  }

  /** The other company comes back, and what waited is agreed. */
  find(): void {
    this.ledger.isOtherHere = true;
    this.ledger.isPrompt = true;
    this.ledger.makeBlock((all) => all);
  }

  run(...words: readonly string[]): Promise<Ran> {
    return tegata([...words, "--home", this.home]);
  }
}

function impatient(desk: Desk, patienceMs: () => number | null): Desk {
  const short = (wish: Wish): Wish => {
    return { ...wish, waitMs: Math.min(wish.waitMs, patienceMs() ?? wish.waitMs) };
  };
  const { membership } = desk;
  return {
    ...desk,
    createStream: (body, wish) => desk.createStream(body, short(wish)),
    grant: (name, body, wish) => desk.grant(name, body, short(wish)),
    revoke: (name, body, wish) => desk.revoke(name, body, short(wish)),
    membership: {
      ...membership,
      agenda: () => membership.agenda(),
      request: (number) => membership.request(number),
      seat: () => membership.seat(),
      invite: (body, wish) => membership.invite(body, short(wish)),
      propose: (body, wish) => membership.propose(body, short(wish)),
      addresses: (addresses, wish) => membership.addresses(addresses, short(wish)),
    },
  };
}
