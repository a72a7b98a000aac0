import { readFileSync } from "node:fs";
import { join } from "node:path";
import { askAt, writtenTo } from "../doors/api.ts";
import { handInAt, moveOn } from "../doors/plant-door.ts";
import {
  checkSettings,
  dropFiles,
  pipeLines,
  type Result,
  startWithKeystores,
  verifyProofs,
} from "./files.ts";
import { inputsFor, type Thrown } from "./inputs.ts";
import { doorsOnStream, throwAsMember, throwAsStranger } from "./peers.ts";
import { post, writeRaw } from "./throwers.ts";
import { type Memory, Town } from "./town.ts";

/** What was thrown at the processes of a company, and what became of them. */
export interface ProcessReport {
  readonly schema: "tegata.fuzz-process/1";
  readonly seed: number;
  readonly failures: readonly string[];
  /** Inputs of each door. */
  readonly thrown: Readonly<Record<string, number>>;
  /** What came back, by class of doors. */
  readonly classes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly memory: readonly Memory[];
  readonly rows: { readonly acknowledged: number; readonly readable: number };
}

/** How much is thrown. */
export interface ProcessOrders {
  /** Of each class of doors; where each input takes a process of its own, a twentieth. */
  readonly inputs: number;
  readonly seed: number;
  readonly say: (text: string) => void;
}

/** A process of its own takes half a second to begin. */
const inputsPerProcess = 20;
/** The listener for companies that join lets in eight strangers a second. */
const inputsPerStranger = 4;

const socketDoors = ["submit", "blocks", "state", "stateRange", "setChanges", "payload"].concat([
  ...["refusals", "joinRequests", "joinAnswer"],
]);

class Campaign {
  readonly #orders: ProcessOrders;
  readonly #town: Town;
  readonly thrown = new Map<string, number>();
  readonly classes: Record<string, Readonly<Record<string, number>>> = {};
  readonly failures: string[] = [];

  constructor(orders: ProcessOrders, town: Town) {
    this.#orders = orders;
    this.#town = town;
  }

  /** Everything, one class of doors after the other. */
  async run(): Promise<void> {
    await this.#peers();
    await this.#sockets();
    await this.#ports();
    await this.#files();
  }

  async #peers(): Promise<void> {
    const town = this.#town;
    for (const stream of ["vote", "tx", "bulk"] as const) {
      await this.#throw(`member on ${stream}`, this.#for(doorsOnStream(stream)), (inputs) =>
        throwAsMember(town, inputs),
      );
    }
    const below = this.#for(["peer.hello", "peer.muxer"]);
    await this.#throw("member below its streams", below, (inputs) => throwAsMember(town, inputs));
    const { p2p } = town.toda.place.ports;
    await this.#each("raw bytes at a node's port", this.#for(["peer.muxer", "api.wire"]), (bytes) =>
      writeRaw({ host: "127.0.0.1", port: p2p }, bytes),
    );
    const strangers = Math.ceil(this.#orders.inputs / inputsPerStranger);
    await this.#throw(
      "strangers that join",
      this.#for(["peer.join-stranger"], strangers),
      (inputs) => throwAsStranger(town, inputs),
    );
  }

  async #sockets(): Promise<void> {
    const { home } = this.#town.kato;
    const socket = join(home, "run", "node.sock");
    await this.#each(
      "requests at the node's socket",
      this.#for(socketDoors.map((name) => `socket.${name}`)),
      (bytes, door) => post(socket, `/${door.slice(7)}`, "application/cbor", bytes),
    );
    await this.#each("raw bytes at the node's socket", this.#for(["api.wire"]), (bytes) =>
      writeRaw({ path: socket }, bytes),
    );
    await this.#each("raw bytes at the gateway's socket", this.#for(["api.wire"]), (bytes) =>
      writeRaw({ path: join(home, "run", "gateway.sock") }, bytes),
    );
  }

  async #ports(): Promise<void> {
    const { kato, plantPort } = this.#town;
    const url = new URL(`http://127.0.0.1:${kato.place.ports.api}`);
    const bearer = readFileSync(join(kato.home, "gateway", "token"), "utf8").trim();
    await this.#each("requests at the API", this.#for(["api.request"]), (bytes) =>
      askAt(url, bearer, bytes),
    );
    await this.#each("raw bytes at the API", this.#for(["api.wire"]), (bytes) =>
      writtenTo(
        url,
        Buffer.from(Buffer.from(bytes).toString("latin1").replaceAll("tgt_fuzz", bearer), "latin1"),
      ),
    );
    const { token } = await kato.ask((gateway) =>
      gateway.createToken({ name: "line 3", stream: "press-3", untilMs: null }, { dryRun: false }),
    );
    await this.#each("files at the plant's door", this.#for(["plant.delivery"]), (bytes) =>
      handInAt({ port: plantPort, token: token ?? "" }, bytes, "press-3"),
    );
    moveOn();
    await this.#each("raw bytes at the plant's door", this.#for(["api.wire"]), (bytes) =>
      writeRaw({ host: "127.0.0.1", port: plantPort }, bytes),
    );
  }

  async #files(): Promise<void> {
    const town = this.#town;
    const { inputs, seed } = this.#orders;
    const few = Math.ceil(inputs / inputsPerProcess);
    await this.#throw("files in a watched folder", this.#rows(), (given) =>
      this.#noted(dropFiles(town, given)),
    );
    await this.#throw("lines through a pipe", this.#for(["input.follow"]), (given) =>
      this.#noted(pipeLines(town, given)),
    );
    for (const [name, run] of [
      ["proofs, a process each", verifyProofs],
      ["settings, a process each", checkSettings],
      ["keystores, a process each", startWithKeystores],
    ] as const) {
      const [given, result] = await run(town, few, seed);
      await this.#throw(name, given, () => this.#noted(Promise.resolve(result)));
    }
  }

  #rows(): readonly Thrown[] {
    return this.#for(["input.csv", "input.ndjson", "input.bytes"]);
  }

  #for(names: readonly string[], count = this.#orders.inputs): readonly Thrown[] {
    return inputsFor(names, count, this.#orders.seed);
  }

  async #noted(running: Promise<Result>): Promise<Readonly<Record<string, number>>> {
    const { outcomes, failures } = await running;
    this.failures.push(...failures);
    return outcomes;
  }

  async #each(
    name: string,
    inputs: readonly Thrown[],
    act: (bytes: Uint8Array, door: string) => Promise<string>,
  ): Promise<void> {
    await this.#throw(name, inputs, async () => {
      const counts: Record<string, number> = {};
      for (const { bytes, door } of inputs) {
        const outcome = await act(bytes, door).catch((error: Error) => {
          this.failures.push(`${name}: ${error.message}`);
          return "failed";
        });
        counts[outcome] = (counts[outcome] ?? 0) + 1;
      }
      return counts;
    });
  }

  async #throw(
    name: string,
    inputs: readonly Thrown[],
    act: (inputs: readonly Thrown[]) => Promise<Readonly<Record<string, number>>>,
  ): Promise<void> {
    const startMs = performance.now();
    const outcomes = await act(inputs);
    for (const { door } of inputs) this.thrown.set(door, (this.thrown.get(door) ?? 0) + 1);
    this.classes[name] = outcomes;
    const seconds = Math.round((performance.now() - startMs) / 1_000);
    const told = Object.entries(outcomes).map(([outcome, count]) => `${outcome} ${count}`);
    this.#orders.say(`${name}: ${inputs.length} inputs in ${seconds} s; ${told.join(", ")}`);
  }
}

/** Throws made inputs at the processes of a real company, while it works. */
export async function processCampaign(orders: ProcessOrders): Promise<ProcessReport> {
  const town = await Town.open();
  try {
    await town.prepare();
    const campaign = new Campaign(orders, town);
    await campaign.run();
    const { failures, memory, rows } = await town.end();
    const { thrown, classes } = campaign;
    const all = [...campaign.failures, ...failures];
    for (const failure of all) orders.say(`failure: ${failure}`);
    for (const { process, beforeMiB, afterMiB } of memory) {
      orders.say(`${process}: ${beforeMiB} MiB before, ${afterMiB} MiB after`);
    }
    orders.say(
      `rows meanwhile: ${rows.acknowledged} acknowledged, ${rows.readable} read once by another company`,
    );
    const { seed } = orders;
    const told = { thrown: Object.fromEntries(thrown), classes, memory, rows };
    return { schema: "tegata.fuzz-process/1", seed, failures: all, ...told };
  } finally {
    await town.close();
  }
}
