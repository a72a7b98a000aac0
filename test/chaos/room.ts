import { execFile } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { cp, mkdir, rename, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const mebibyte = 1_048_576;
/** A node wants 256 MiB free; a member writes less than the rest in a campaign. */
const sizeMebibytes = 768;

/** A disk of limited size that holds one home folder. */
export class Room {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Puts a home folder that nobody uses onto a disk of its own. */
  static async around(home: string): Promise<Room> {
    const before = `${home}.before`;
    await rename(home, before);
    await mkdir(home, { mode: 0o700 });
    await run("mount", [
      ...["-t", "tmpfs", "-o", `size=${sizeMebibytes}m,mode=0700`],
      ...["tmpfs", home],
    ]);
    await cp(before, home, { recursive: true, preserveTimestamps: true });
    await rm(before, { recursive: true });
    return new Room(home);
  }

  get #filler(): string {
    return join(this.#folder, "filler");
  }

  /** Writes until only this much is left, or nothing. */
  async fill(leftMebibytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#folder);
    const mebibytes = Math.floor((bavail * bsize) / mebibyte) - leftMebibytes;
    const file = createWriteStream(this.#filler);
    const isOver = new Promise<void>((resolve) => {
      file.once("error", () => resolve());
      file.once("close", () => resolve());
    });
    const zeros = Buffer.alloc(mebibyte);
    for (let count = 0; count < mebibytes && !file.destroyed; count += 1) {
      if (file.write(zeros)) continue;
      await Promise.race([isOver, once(file, "drain").catch(() => undefined)]);
    }
    file.end();
    await isOver;
    if (leftMebibytes > 0) return;
    // The last bytes go one page at a time.
    const pages = join(this.#folder, "filler.pages");
    try {
      for (;;) await writeFile(pages, Buffer.alloc(4_096), { flag: "a" });
    } catch {
      // Full.
    }
  }

  /** Gives the space back. */
  async empty(): Promise<void> {
    await rm(this.#filler, { force: true });
    await rm(join(this.#folder, "filler.pages"), { force: true });
  }

  async unmount(): Promise<void> {
    await run("umount", ["-l", this.#folder]);
  }
}
