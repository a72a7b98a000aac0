import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { freePorts } from "./free-ports.ts";
import { until } from "./waiting.ts";

const run = promisify(execFile);
const cache = resolve(import.meta.dirname, "../../node_modules/.cache/tegata/mosquitto");
/** Debian's broker, and what it needs beside the libraries of every machine. */
const packages = ["mosquitto", "libwrap0", "libdlt2", "libcjson1"];

interface Program {
  readonly path: string;
  readonly libraries: string | null;
}

/** Who may connect. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

function environmentOf({ libraries }: Program): { readonly env: NodeJS.ProcessEnv } {
  return { env: { ...process.env, ...(libraries === null ? {} : { LD_LIBRARY_PATH: libraries }) } };
}

/** The broker of this machine, else Debian's, unpacked without being installed. Throws where neither is. */
async function program(): Promise<Program> {
  for (const path of ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"]) {
    if (existsSync(path)) return { path, libraries: null };
  }
  if (!existsSync(cache)) await unpack();
  const libraries = join(cache, "usr/lib");
  const [found = ""] = (await readdir(libraries)).filter((name) => name.endsWith("linux-gnu"));
  return { path: join(cache, "usr/sbin/mosquitto"), libraries: join(libraries, found) };
}

async function unpack(): Promise<void> {
  const draft = `${cache}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  try {
    await run("apt-get", ["download", ...packages], { cwd: draft });
    for (const name of await readdir(draft)) {
      if (name.endsWith(".deb")) await run("dpkg-deb", ["-x", name, "."], { cwd: draft });
    }
    // Another test may have been faster.
    await rename(draft, cache).catch((error) => {
      if (!existsSync(cache)) throw error;
    });
  } catch (cause) {
    throw new Error("mosquitto is not here: install it, or let apt-get download it", { cause });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** A real broker on loopback that keeps sessions and queued messages on its disk. */
export class Mosquitto {
  readonly port: number;
  readonly #program: Program;
  readonly #config: string;
  #process: ChildProcess | null = null;

  private constructor(port: number, found: Program, config: string) {
    this.port = port;
    this.#program = found;
    this.#config = config;
  }

  /** `login`: the only name and password that it lets in; null: everybody. */
  static async make(folder: string, login: Login | null = null): Promise<Mosquitto> {
    const [port = 0] = await freePorts(1);
    const config = join(folder, "mosquitto.conf");
    const found = await program();
    const passwords = join(folder, "passwords");
    if (login !== null) {
      const maker = join(dirname(found.path), "../bin/mosquitto_passwd");
      await run(maker, ["-b", "-c", passwords, login.user, login.password], environmentOf(found));
    }
    const lines = [
      ...[`listener ${port} 127.0.0.1`, "log_dest none", `allow_anonymous ${login === null}`],
      ...(login === null ? [] : [`password_file ${passwords}`]),
      ...["persistence true", `persistence_location ${folder}/`, "max_queued_messages 0"],
      // Every change is on its disk before the next one.
      ...["autosave_on_changes true", "autosave_interval 1"],
      ...(process.getuid?.() === 0 ? ["user root"] : []),
    ];
    await writeFile(config, `${lines.join("\n")}\n`);
    return new Mosquitto(port, found, config);
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const found = this.#program;
    const child = spawn(found.path, ["-c", this.#config], environmentOf(found));
    this.#process = child;
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
    await until("the broker answers", async () => {
      if (child.exitCode !== null)
        throw new Error(`mosquitto ended with ${child.exitCode}: ${said}`);
      return isOpen(this.port);
    });
  }

  /**
   * Waits until everything it has confirmed is on its disk: it confirms first, so that whoever is killed in
   * between has lost what it said it had.
   */
  async save(): Promise<void> {
    const before = await this.#savedAs();
    this.#process?.kill("SIGUSR1");
    await until("the broker has saved", async () => (await this.#savedAs()) !== before);
  }

  /** Each save makes a new file. */
  async #savedAs(): Promise<string> {
    const found = await stat(join(dirname(this.#config), "mosquitto.db")).catch(() => null);
    return found === null ? "" : `${found.ino}/${found.mtimeMs}`;
  }

  /** Ends it in the middle of what it does. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await ended;
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      answer(true);
    });
    socket.once("error", () => answer(false));
  });
}
