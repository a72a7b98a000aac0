import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildGenesis, defaultParameters, documentFields } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import { onTestFinished } from "vitest";
import { openApi } from "../../gateway/src/api/server.ts";
import { createLog } from "../../gateway/src/log.ts";
import { makeCompany } from "../../gateway/test/helpers/companies.ts";
import { type DeskOver, deskOver } from "../../gateway/test/helpers/desk-over.ts";
import { HostileLedger } from "../../gateway/test/helpers/hostile-ledger.ts";
import { homePaths } from "../src/founding/home.ts";
import { temporaryFolder } from "./command-helpers.ts";

/** A home folder with a gateway at its socket. */
export interface PressGateway {
  readonly home: string;
  readonly gateway: DeskOver;
  readonly ledger: HostileLedger;
}

/** A gateway with the streams `press`, of forces, counts and states, and `drawings`, of documents. */
export async function pressGateway(): Promise<PressGateway> {
  const folder = temporaryFolder();
  const home = join(folder, "aoki");
  const company = await makeCompany(0, folder);
  const genesis = buildGenesis([company.card], defaultParameters, Date.now());
  const ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  const gateway = await deskOver(company, genesis.networkId, ledger, stores);
  const path = homePaths(home).gatewaySocket;
  mkdirSync(dirname(path), { recursive: true });
  const log = createLog("error", { write: () => undefined });
  const api = await openApi(gateway.desk, { kind: "socket", path }, "1", log);
  const common = { category: "quality", epochLength: "30d", zone: "Asia/Tokyo" } as const;
  const facets = [{ name: "load", disclosure: "row" } as const];
  const field = (name: string, type: "decimal" | "integer" | "text", unit: string | null) => {
    return { name, type, unit, facet: "load" };
  };
  const fields = [
    field("荷重", "decimal", "kN"),
    field("count", "integer", null),
    field("state", "text", null),
  ];
  const wait = { waitMs: 30_000, dryRun: false };
  await gateway.desk.createStream({ ...common, name: "press", kind: "rows", facets, fields }, wait);
  const document = { ...common, name: "drawings", kind: "documents", facets } as const;
  const pieces = documentFields.map((piece) => ({ ...piece, facet: "load" }));
  await gateway.desk.createStream({ ...document, fields: pieces }, wait);
  onTestFinished(async () => {
    await api.close();
    await gateway.stop();
  });
  return { home, gateway, ledger };
}
