// Loads the code under test with one place of it changed.
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Patch } from "../patches/patch.ts";

const packages = join(import.meta.dirname, "../../..");

/** The source of a file with the patch in it. */
export function patched(source: string, { name, file, from, to }: Patch): string {
  const parts = source.split(from);
  const [before, after] = parts;
  if (parts.length !== 2 || before === undefined || after === undefined) {
    const times = parts.length - 1;
    throw new Error(`patch ${name}: its text occurs ${times} times in ${file}, not once`);
  }
  return `${before}${to}${after}`;
}

/** What tells whether the patched file was loaded at all. */
export interface Patching {
  assertApplied(): void;
}

/** From here on the file of the patch loads changed; call it before anything imports that file. */
export function applyPatch(patch: Patch): Patching {
  const url = pathToFileURL(join(packages, patch.file)).href;
  let isApplied = false;
  registerHooks({
    load(loaded, context, nextLoad) {
      const result = nextLoad(loaded, context);
      if (loaded !== url) return result;
      const { source } = result;
      if (source === null || source === undefined) throw new Error(`${patch.file} has no source`);
      const text = typeof source === "string" ? source : Buffer.from(source as Buffer).toString();
      const changed = patched(text, patch);
      isApplied = true;
      return { ...result, source: changed };
    },
  });
  return {
    assertApplied: () => {
      if (!isApplied) throw new Error(`patch ${patch.name}: ${patch.file} was never loaded`);
    },
  };
}
