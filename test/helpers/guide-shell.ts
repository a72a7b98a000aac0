import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { tegata, userEnvironment } from "./command.ts";
import { until } from "./waiting.ts";

const patienceMs = 120_000;

/**
 * Takes one file of commands after another. -e ends at the first line that fails; -x shows which one it was.
 * A job has a group of its own, so that an interrupt reaches all of it, as Ctrl-C does.
 */
const loop = `exec 2>&1
set -eux -o pipefail
trap 'jobs -p | while read -r job; do kill -- "-$job" || true; done' EXIT
nc() { cat < "/dev/tcp/$1/$2" || true; }
while read -r verb file mark; do
  case $verb in
    run) . "$file" < /dev/null ;;
    begin) set -m; ( . "$file" ) < /dev/null & job=$!; set +m ;;
    interrupt) kill -INT -- "-$job"; wait "$job" || [ $? = 130 ] ;;
  esac
  echo "@@ $mark"
done`;

/** A shell of a reader in an empty folder, which types what a page shows. */
export class GuideShell {
  /** The reader's working folder. */
  readonly folder: string;
  /** All that was printed, commands among it. */
  said = "";
  readonly #steps: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  #hasEnded = false;
  #step = 0;

  private constructor(root: string) {
    this.folder = join(root, "here");
    this.#steps = root;
    this.#child = spawn("bash", ["-c", loop], {
      cwd: this.folder,
      env: userEnvironment({ folder: this.folder, home: null }),
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.said += text;
    });
    this.#ended = new Promise((done) => {
      this.#child.once("close", (code) => {
        this.#hasEnded = true;
        done(code ?? 1);
      });
    });
  }

  static async open(): Promise<GuideShell> {
    const root = await mkdtemp(join(tmpdir(), "tegata-guide-"));
    await mkdir(join(root, "here"));
    return new GuideShell(root);
  }

  /** Types commands and waits until they are done. Throws, with all that was said, when one of them fails. */
  async run(script: string): Promise<void> {
    await this.#type("run", script);
  }

  /** Types commands that go on until they are interrupted. */
  async begin(script: string): Promise<void> {
    await this.#type("begin", script);
  }

  /** Ctrl-C. */
  async interrupt(): Promise<void> {
    await this.#type("interrupt", "");
  }

  /** Waits for something in what is said. Throws, with all that was said, when it does not come. */
  async untilSaid(what: string, isSaid: () => boolean): Promise<void> {
    await until(what, () => this.#hasEnded || isSaid(), patienceMs).catch(() => undefined);
    if (isSaid()) return;
    const why = this.#hasEnded ? `the shell ended with ${await this.#ended}` : "it does not come";
    throw new Error(`${why}: ${what}\n${this.said}`);
  }

  /** Ends what still runs, companies too, and removes the folder. */
  async close(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true });
    const configs = entries.filter((entry) => entry.isFile() && entry.name === "config.toml");
    for (const { parentPath: home } of configs) {
      await tegata(["stop"], { folder: this.folder, home, input: null });
    }
    await rm(this.#steps, { recursive: true, force: true });
  }

  async #type(verb: string, script: string): Promise<void> {
    this.#step += 1;
    const mark = `@@ ${this.#step}`;
    const file = join(this.#steps, `${this.#step}.sh`);
    await writeFile(file, script);
    this.#child.stdin?.write(`${verb} ${file} ${this.#step}\n`);
    await this.untilSaid(script, () => this.said.includes(`\n${mark}\n`));
  }
}

/** A shell that is closed when the test is over. */
export async function openShell(): Promise<GuideShell> {
  const shell = await GuideShell.open();
  onTestFinished(() => shell.close());
  return shell;
}
