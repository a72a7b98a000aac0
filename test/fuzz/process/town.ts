import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { NetworkId } from "@tegata/ledger/primitives";
import { openKeystore, readSecretFile } from "@tegata/ledger/storage";
import { RowLoad, steadyPace } from "../../chaos/row-load.ts";
import type { Company } from "../../helpers/company.ts";
import {
  type Consortium,
  companyNames,
  foundConsortium,
  passphrase,
} from "../../helpers/consortium.ts";
import { freePorts } from "../../helpers/free-ports.ts";
import { until } from "../../helpers/waiting.ts";

const nodeProgram = resolve(import.meta.dirname, "node-main.ts");

/** A process that must live through everything, with the memory that it had before. */
interface Watched {
  readonly name: string;
  readonly pid: number;
  readonly beforeMiB: number;
}

/** Memory that a process has of the machine. */
function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024);
}

/** What became of the processes. */
export interface Memory {
  readonly process: string;
  readonly beforeMiB: number;
  readonly afterMiB: number;
}

/** A process may keep this much more than before: caches, and memory that was not given back yet. */
const grownMiBMax = 384;

/**
 * A network of four companies: at Kato everything is thrown, Toda's node lets rule breakers come back at once,
 * Aoki is left alone, and the key of Nishi is the attacker's.
 */
export class Town {
  readonly folder: string;
  readonly networkId: NetworkId;
  readonly kato: Company;
  readonly toda: Company;
  readonly aoki: Company;
  readonly nishi: Company;
  readonly plantPort: number;
  readonly #close: () => Promise<void>;
  #todaNode: ChildProcess | null = null;
  #todaLog = "";
  #watched: readonly Watched[] = [];
  #load: RowLoad | null = null;

  private constructor({ folder, networkId, companies, close }: Consortium, plantPort: number) {
    const [kato, toda, aoki, nishi] = companies as [Company, Company, Company, Company];
    this.folder = folder;
    this.networkId = networkId as NetworkId;
    this.kato = kato;
    this.toda = toda;
    this.aoki = aoki;
    this.nishi = nishi;
    this.plantPort = plantPort;
    this.#close = close;
  }

  static async open(): Promise<Town> {
    const consortium = await foundConsortium(Object.keys(companyNames));
    const [plantPort = 0] = await freePorts(1);
    const town = new Town(consortium, plantPort);
    try {
      const settings = join(town.kato.home, "config.toml");
      appendFileSync(settings, `\n[plant]\nlisten = "127.0.0.1:${plantPort}"\n`);
      await Promise.all([town.kato.start(), town.aoki.start(), town.#startToda()]);
      await Promise.all([town.kato.untilReady(), town.aoki.untilReady()]);
      await Promise.all([town.kato.untilMet(2), town.aoki.untilMet(2)]);
      return town;
    } catch (error) {
      await town.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const child = this.#todaNode;
    if (child !== null && child.exitCode === null) {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    await this.#close();
  }

  /** Seed of a company's network key: that of Nishi is the attacker's. */
  async networkSeed({ home }: Company): Promise<Uint8Array> {
    const text = await readSecretFile(join(home, "keys", "node.keystore"));
    return (await openKeystore(text, "node", passphrase)).networkSeed;
  }

  /** Makes the stream that inputs are for, begins to hand in other rows, and notes which processes there are. */
  async prepare(): Promise<void> {
    const fields = [
      { name: "force", type: "decimal", facet: "data", unit: "kN" },
      { name: "strokes", type: "integer", facet: "data", unit: null },
      { name: "state", type: "text", facet: "data", unit: null },
    ] as const;
    const stream = { name: "press-3", category: "quality", zone: "Asia/Tokyo" } as const;
    const facets = [{ name: "data", disclosure: "row" }] as const;
    await this.kato.ask((gateway) =>
      gateway.createStream(
        { ...stream, facets: [...facets], fields: [...fields] },
        { waitMs: 60_000 },
      ),
    );
    let noted = 0;
    const note = (): number => {
      noted += 1;
      return noted;
    };
    this.#load = await RowLoad.begin(this.kato, this.aoki, { pace: steadyPace, note });
    const pids = this.#pids();
    this.#watched = [...pids].map(([name, pid]) => ({ name, pid, beforeMiB: residentMiB(pid) }));
  }

  /** What must hold after everything: what does not, in words. */
  async end(): Promise<{
    readonly failures: readonly string[];
    readonly memory: readonly Memory[];
    readonly rows: { readonly acknowledged: number; readonly readable: number };
  }> {
    const failures: string[] = [];
    const load = this.#load as RowLoad;
    await load.untilCommitsAgain(120_000, () => undefined);
    await load.end(120_000);
    const account = await load.account(this.aoki);
    const { lost, doubled, misplaced } = account;
    if (lost + doubled + misplaced > 0) {
      failures.push(`${lost} rows lost, ${doubled} doubled, ${misplaced} out of order`);
    }
    const pids = this.#pids();
    const memory = this.#watched.map(({ name, pid, beforeMiB }) => {
      if (pids.get(name) !== pid) failures.push(`the process of ${name} is another one`);
      const afterMiB = pids.get(name) === pid ? residentMiB(pid) : 0;
      if (afterMiB > beforeMiB + grownMiBMax) {
        failures.push(`${name} had ${beforeMiB} MiB and has ${afterMiB} MiB`);
      }
      return { process: name, beforeMiB, afterMiB };
    });
    failures.push(...(await this.#chains()), ...this.#fatal());
    const { acknowledged, readable } = account;
    return { failures, memory, rows: { acknowledged, readable } };
  }

  async #startToda(): Promise<void> {
    const words = [nodeProgram, "--home", this.toda.home];
    const child = spawn(process.execPath, words, { stdio: "pipe" });
    this.#todaNode = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (part: Buffer) => {
        this.#todaLog = (this.#todaLog + part.toString("utf8")).slice(-4_000_000);
      });
    }
    child.stdin?.on("error", () => undefined);
    child.stdin?.write(`${passphrase}\n`);
    await until(
      "the node of Toda answers",
      async () => {
        if (child.exitCode !== null) throw new Error(`Toda's node ended: ${this.#todaLog}`);
        const status = await this.toda.askNode((node) => node.status()).catch(() => null);
        return status !== null;
      },
      60_000,
    );
  }

  #pids(): ReadonlyMap<string, number> {
    const found = [
      ["Kato's node", this.kato.pidOf("node")],
      ["Kato's gateway", this.kato.pidOf("gateway")],
      ["Toda's node", this.toda.pidOf("node")],
      ["Aoki's node", this.aoki.pidOf("node")],
      ["Aoki's gateway", this.aoki.pidOf("gateway")],
    ] as const;
    return new Map(found.flatMap(([name, pid]) => (pid === null ? [] : [[name, pid] as const])));
  }

  /** All have the same chain. */
  async #chains(): Promise<readonly string[]> {
    const companies = [this.kato, this.toda, this.aoki];
    const height = Math.min(
      ...(await Promise.all(
        companies.map((one) => one.askNode(async (node) => (await node.status()).height)),
      )),
    );
    const blocks = await Promise.all(
      companies.map((one) =>
        one.askNode((node) => node.blocks(height, { waitMs: 0, blocksMax: 1 })),
      ),
    );
    const texts = blocks.map(({ blocks: [block] }) =>
      Buffer.from(block?.block ?? []).toString("hex"),
    );
    return new Set(texts).size === 1 ? [] : [`the chains differ at height ${height}`];
  }

  /** Lines of a log that say that a program could not go on. */
  #fatal(): readonly string[] {
    const logs = [this.kato, this.aoki].flatMap(({ handle, home }) =>
      readdirSync(join(home, "log")).map(
        (name) => [`${handle} ${name}`, readFileSync(join(home, "log", name), "utf8")] as const,
      ),
    );
    return [...logs, ["toda", this.#todaLog] as const].flatMap(([name, text]) => {
      const line = text.split("\n").find((one) => /"level":(?:60|"fatal")/.test(one));
      return line === undefined ? [] : [`${name} says ${line.slice(0, 400)}`];
    });
  }
}
