import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import type { Prng } from "../../packages/consensus/sim/prng.ts";
import { type Remains, restore } from "./after-cut.ts";
import { namesToText, readListing } from "./listing.ts";

/** Calls that a program makes of a disk. */
export type CallKind = "write" | "sync" | "name" | "any";

/** What happens to a disk while programs use it; calls are counted from 1. */
export type Plan =
  | { readonly type: "nothing" }
  | {
      /** `power`: everything on this disk ends, and what was not synced may be lost. `kill`: one program ends. */
      readonly type: "power" | "kill";
      readonly kind: CallKind;
      readonly at: number;
      readonly when: "before" | "halfway" | "after";
    }
  | {
      readonly type: "fault";
      readonly kind: CallKind;
      readonly from: number;
      /** Calls that fail in a row; null: all from there on. */
      readonly count: number | null;
      readonly code: "ENOSPC" | "EIO";
    };

/** How many calls of each kind there were. */
export type Counts = Readonly<Record<CallKind, number>>;

const fields = [
  ...["write", "sync", "name", "any", "dead", "isKill"],
  ...["cutKind", "cutAt", "cutWhen"],
  ...["faultKind", "faultFrom", "faultTo", "faultCode", "isLying", "stuck", "faults"],
] as const;
type Field = (typeof fields)[number];

const kinds: Readonly<Record<CallKind | "none", bigint>> = {
  ...{ write: 0n, sync: 1n, name: 2n, none: 3n, any: 4n },
};
const moments = { before: 0n, halfway: 1n, after: 2n } as const;
const forEver = 2n ** 63n;

/** A folder whose programs run over disk.c, with the files beside it that the library and this class share. */
export class Disk {
  readonly root: string;
  readonly #side: string;
  readonly #library: string;
  readonly #isLying: boolean;

  /** `isLying`: its syncs do nothing, so that everything that is not lucky is lost. */
  constructor(folder: string, library: string, isLying: boolean) {
    this.root = join(folder, "disk");
    this.#side = join(folder, "side");
    this.#library = library;
    this.#isLying = isLying;
    mkdirSync(this.root, { recursive: true, mode: 0o700 });
  }

  /** What the environment of its programs must hold. */
  get variables(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: this.#library,
      POWER_LOSS_ROOT: this.root,
      POWER_LOSS_SIDE: this.#side,
      // Writes that pass no call of the C library would not be seen.
      UV_USE_IO_URING: "0",
    };
  }

  /** What lies there now lies there for good; what happens from now on is counted. Nobody may use it. */
  begin(plan: Plan): void {
    rmSync(this.#side, { recursive: true, force: true });
    for (const name of ["platter", "attic", "stuck"]) {
      mkdirSync(join(this.#side, name), { recursive: true });
    }
    const { names, paths } = readListing(this.root);
    for (const [number, path] of paths) {
      if (names.has(number)) continue;
      writeFileSync(join(this.#side, "platter", number), readFileSync(path));
    }
    writeFileSync(join(this.#side, "before"), namesToText(names));
    writeFileSync(join(this.#side, "control"), new Uint8Array(8 * fields.length));
    this.#set({ isLying: this.#isLying ? 1n : 0n });
    this.#carryOut(plan);
  }

  /** What is in the caches stays there; calls are counted anew. Nobody may use it. */
  goOn(plan: Plan): void {
    this.#set({ ...{ write: 0n, sync: 0n, name: 0n, any: 0n }, faults: 0n });
    this.#carryOut(plan);
  }

  get counts(): Counts {
    const count = (field: Field): number => Number(this.#get(field));
    return {
      ...{ write: count("write"), sync: count("sync") },
      ...{ name: count("name"), any: count("any") },
    };
  }

  /** Whether the power was cut. */
  get isDead(): boolean {
    return this.#get("dead") !== 0n;
  }

  /** Calls that failed. */
  get faults(): number {
    return Number(this.#get("faults"));
  }

  /**
   * Puts the folder into a state in which a power cut at this moment may leave it, and gives what that cost.
   * Nobody may use it.
   */
  lose(draw: Prng): Remains {
    return restore(this.root, this.#side, draw);
  }

  #carryOut(plan: Plan): void {
    const isCut = plan.type === "power" || plan.type === "kill";
    const isFault = plan.type === "fault";
    this.#set({
      ...{ dead: 0n, isKill: plan.type === "kill" ? 1n : 0n },
      cutKind: kinds[isCut ? plan.kind : "none"],
      cutAt: BigInt(isCut ? plan.at : 0),
      cutWhen: moments[isCut ? plan.when : "before"],
      faultKind: kinds[isFault ? plan.kind : "none"],
      faultFrom: BigInt(isFault ? plan.from : 0),
      faultTo: isFault && plan.count !== null ? BigInt(plan.from + plan.count) : forEver,
      faultCode: BigInt(isFault ? constants.errno[plan.code] : 0),
    });
  }

  #get(field: Field): bigint {
    const bytes = Buffer.alloc(8);
    const file = openSync(join(this.#side, "control"), "r");
    readSync(file, bytes, 0, 8, 8 * fields.indexOf(field));
    closeSync(file);
    return bytes.readBigUInt64LE();
  }

  #set(values: Partial<Record<Field, bigint>>): void {
    const file = openSync(join(this.#side, "control"), "r+");
    for (const [field, value] of Object.entries(values)) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(value);
      writeSync(file, bytes, 0, 8, 8 * fields.indexOf(field as Field));
    }
    closeSync(file);
  }
}
