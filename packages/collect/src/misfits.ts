import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "@tegata/ledger/storage";
import { collectLimits } from "./limits.ts";
import { syncFolder } from "./place.ts";

/** Why something is not submitted: for people, and for programs. */
export interface Why {
  readonly said: string;
  readonly english: string;
}

/** Something heard that is not submitted, and why. */
export interface Misfit {
  readonly heardMs: number;
  /** What was heard, as far as it can be shown. */
  readonly text: string;
  readonly why: Why;
}

/** What did not fit, in files of one day each: one JSON object a line, for people and for a later try. */
export class Misfits {
  readonly #folder: string;
  #bytes: number;

  private constructor(folder: string, bytes: number) {
    this.#folder = folder;
    this.#bytes = bytes;
  }

  static async open(folder: string): Promise<Misfits> {
    makeFolder(folder);
    const names = await readdir(folder);
    const sizes = await Promise.all(
      names.map(async (name) => (await stat(join(folder, name))).size),
    );
    return new Misfits(
      folder,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  }

  /** Durable when it resolves; `at`: their place in the spool, by which a repetition is known. */
  async add(misfits: readonly Misfit[], at: number): Promise<void> {
    if (misfits.length === 0 || this.#bytes > collectLimits.refusedBytesMax) return;
    const day = new Date(misfits[0]?.heardMs ?? 0).toISOString().slice(0, 10);
    const lines = misfits.map(({ heardMs, text, why }) => {
      const heard = new Date(heardMs).toISOString();
      return `${JSON.stringify({ heard, at, reason: why.said, text })}\n`;
    });
    const text = lines.join("");
    const path = join(this.#folder, `${day}.ndjson`);
    const file = await open(path, "a", 0o600);
    try {
      await file.appendFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await syncFolder(this.#folder);
    this.#bytes += Buffer.byteLength(text);
  }
}
