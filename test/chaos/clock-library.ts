import { execFile } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const name = "libfaketimeMT.so.1";

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tegata", "libfaketime");
}

function find(): string | null {
  const places = [`/usr/lib/*/faketime/${name}`, `${cacheFolder()}/usr/lib/*/faketime/${name}`];
  return places.flatMap((place) => globSync(place)).find((path) => existsSync(path)) ?? null;
}

/**
 * Path of libfaketime: the installed one, or Debian's, unpacked into a cache folder, which needs no rights.
 * Null where there is neither.
 */
export async function findClockLibrary(): Promise<string | null> {
  const found = find();
  if (found !== null) return found;
  const folder = cacheFolder();
  try {
    await mkdir(folder, { recursive: true });
    // In a name space of one's own there is no other user to become.
    const words = ["-o", "APT::Sandbox::User=root", "download", "libfaketime"];
    await run("apt-get", words, { cwd: folder });
    const [archive] = globSync(join(folder, "libfaketime_*.deb"));
    if (archive === undefined) return null;
    await run("dpkg-deb", ["-x", archive, folder]);
  } catch {
    return null;
  }
  return find();
}

/** A wall clock of one company that can be moved while its programs run. */
export class MovableClock {
  readonly #file: string;
  readonly #library: string;

  constructor(library: string, file: string) {
    this.#library = library;
    this.#file = file;
  }

  /** What the environment of its programs must hold. Their waits stay on the true monotonic clock. */
  get variables(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      FAKETIME_CACHE_DURATION: "1",
      NO_FAKE_STAT: "1",
    };
  }

  /** Sets it this many seconds beside the true time; it is read once a second. */
  async set(seconds: number): Promise<void> {
    await writeFile(this.#file, `${seconds < 0 ? "-" : "+"}${Math.abs(seconds)}\n`);
  }
}
