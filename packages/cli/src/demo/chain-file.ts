import { type FileHandle, open, rm } from "node:fs/promises";
import type { NodeClient } from "@tegata/node/client";
import { CliError } from "../errors.ts";

/** What a chain file is read from. */
type ChainSource = Pick<NodeClient, "genesis" | "blocks">;

/** Blocks asked for at a time. */
const blocksMax = 200;

function line(fields: Readonly<Record<string, string | Uint8Array>>): string {
  const entries = Object.entries(fields).map(([name, value]) => {
    return [name, typeof value === "string" ? value : Buffer.from(value).toString("base64")];
  });
  return `${JSON.stringify(Object.fromEntries(entries))}\n`;
}

/**
 * A whole chain as newline-delimited JSON: `{"schema":"tegata.chain/1","genesis"}`, then
 * `{"block","certificate"}` of every height from 1, all bytes in base64.
 */
export class ChainFile {
  readonly path: string;
  readonly #file: FileHandle;
  #isWhole = false;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /**
   * Makes the file, never in place of another, so that a place that cannot be used is known at once.
   * @throws CLI_FILE_NOT_WRITTEN
   */
  static async create(path: string): Promise<ChainFile> {
    return new ChainFile(path, await orRefuse(path, () => open(path, "wx")));
  }

  /**
   * Writes the chain as a node has it now, with its own copies of the certificates; answers with its height.
   * @throws CLI_FILE_NOT_WRITTEN, and what the node's client throws
   */
  async write(node: ChainSource): Promise<number> {
    await this.#add(line({ schema: "tegata.chain/1", genesis: await node.genesis() }));
    let height = 0;
    for (;;) {
      const { blocks } = await node.blocks(height + 1, { waitMs: 0, blocksMax });
      if (blocks.length === 0) break;
      const lines = blocks.map(({ block, certificate }) => line({ block, certificate }));
      await this.#add(lines.join(""));
      height += blocks.length;
    }
    this.#isWhole = true;
    return height;
  }

  /** Closes the file; one that was not written to its end is removed. */
  async close(): Promise<void> {
    await this.#file.close();
    if (!this.#isWhole) await rm(this.path, { force: true });
  }

  #add(text: string): Promise<void> {
    return orRefuse(this.path, () => this.#file.appendFile(text));
  }
}

async function orRefuse<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw new CliError("CLI_FILE_NOT_WRITTEN", { path, reason }, cause);
  }
}
