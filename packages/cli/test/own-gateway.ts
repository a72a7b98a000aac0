import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildGenesis, defaultParameters } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import { onTestFinished } from "vitest";
import type { Desk } from "../../gateway/src/api/desk.ts";
import { type ApiServer, openApi } from "../../gateway/src/api/server.ts";
import { createLog } from "../../gateway/src/log.ts";
import { makeCompany } from "../../gateway/test/helpers/companies.ts";
import { deskOver } from "../../gateway/test/helpers/desk-over.ts";
import { HostileLedger } from "../../gateway/test/helpers/hostile-ledger.ts";
import { pressLine } from "../../gateway/test/helpers/press-line.ts";
import { homePaths } from "../src/founding/home.ts";

/** The gateway of aoki, which shares a network with kato, behind its socket. */
export class OwnGateway {
  readonly home: string;
  readonly desk: Desk;
  #api: ApiServer | null = null;

  private constructor(home: string, desk: Desk) {
    this.home = home;
    this.desk = desk;
  }

  /** It ends with the test. */
  static async open(folder: string): Promise<OwnGateway> {
    const [aoki, kato] = await Promise.all([0, 1].map((index) => makeCompany(index, folder)));
    if (aoki === undefined || kato === undefined) throw new Error("two were made");
    const genesis = buildGenesis([aoki.card, kato.card], defaultParameters, Date.now());
    const ledger = new HostileLedger(genesis);
    ledger.isPrompt = true;
    const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
    const gateway = await deskOver(aoki, genesis.networkId, ledger, stores);
    const opened = new OwnGateway(join(folder, "aoki"), gateway.desk);
    onTestFinished(async () => {
      await opened.hangUp();
      await gateway.stop();
    });
    await opened.answer();
    return opened;
  }

  /** Begins to listen at the socket. */
  async answer(): Promise<void> {
    const path = homePaths(this.home).gatewaySocket;
    mkdirSync(dirname(path), { recursive: true });
    const log = createLog("error", { write: () => undefined });
    this.#api = await openApi(this.desk, { kind: "socket", path }, "1", log);
  }

  /** Listens no more, and ends every connection. */
  async hangUp(): Promise<void> {
    await this.#api?.close();
    this.#api = null;
  }

  async createStream(name: string): Promise<void> {
    const body = { ...pressLine(name), kind: "rows", zone: "UTC", epochLength: "30d" } as const;
    await this.desk.createStream(body, { waitMs: 30_000, dryRun: false });
  }

  /** Publishes a row and gives the name of its record. */
  async publish(stream: string, count: number): Promise<string> {
    const rows = [{ timeMs: Date.now(), cells: { count, state: "run", ok: true } }];
    const wish = { waitMs: 30_000, dryRun: false };
    const sent = await this.desk.submitRows(stream, { rows, backfill: false }, null, wish);
    return `${sent.heightLast}.0.0`;
  }
}
