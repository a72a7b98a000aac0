import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenesis, defaultParameters } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import { makeCompany } from "../../../packages/gateway/test/helpers/companies.ts";
import { type DeskOver, deskOver } from "../../../packages/gateway/test/helpers/desk-over.ts";
import { HostileLedger } from "../../../packages/gateway/test/helpers/hostile-ledger.ts";

/** A stream of rows with a number in each. */
export const pressStream: Parameters<DeskOver["desk"]["createStream"]>[0] = {
  ...{ name: "press", category: "quality", epochLength: "1h", zone: "Asia/Tokyo", kind: "rows" },
  facets: [{ name: "data", disclosure: "row" }],
  fields: [{ name: "force", type: "decimal", facet: "data", unit: "kN" }],
};

/** An hour ago, on the hour: rows of that time are taken without being asked for. */
export const recentMs: number = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000;

/** A gateway with the stream `press`, over a ledger in memory, as a door needs it. */
export class GatewayInMemory {
  readonly gateway: DeskOver;
  #accepted = 0;

  private constructor(gateway: DeskOver) {
    this.gateway = gateway;
  }

  static async open(): Promise<GatewayInMemory> {
    const folder = await mkdtemp(join(tmpdir(), "tegata-fuzz-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const companies = [await makeCompany(0, folder), await makeCompany(1, folder)] as const;
    const cards = companies.map(({ card }) => card);
    const genesis = buildGenesis(cards, defaultParameters, Date.now());
    const ledger = new HostileLedger(genesis);
    ledger.isPrompt = true;
    const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
    const gateway = await deskOver(companies[0], genesis.networkId, ledger, stores);
    await gateway.desk.createStream(pressStream, { waitMs: 20_000, dryRun: false });
    return new GatewayInMemory(gateway);
  }

  /** Rows that were acknowledged and streams that there are: what no refusal may change. */
  async state(): Promise<string> {
    const { metrics, desk } = this.gateway;
    const counted = await metrics.registry.getSingleMetric("tegata_data_records_total")?.get();
    const rows = counted?.values.map(({ labels, value }) => `${labels.direction} ${value}`);
    const streams = await desk.streams();
    return `${streams.length} streams, rows ${rows?.filter((text) => text.startsWith("out"))}`;
  }

  /** Says that something was taken; true when so much was that another one should go on. */
  isFullAfter(): boolean {
    this.#accepted += 1;
    return this.#accepted >= acceptedMax;
  }
}

/** All of it lies in memory. */
const acceptedMax = 500;
