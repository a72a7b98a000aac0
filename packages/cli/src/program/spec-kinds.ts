import type { OutputFormat } from "../print/rows.ts";
import type { ArgSpec, OptionSpec } from "./spec.ts";

/** Forms of a result that is one document. */
export const document: readonly OutputFormat[] = ["table", "json"];
/** Forms of a result that is rows. */
export const rows: readonly OutputFormat[] = ["table", "json", "ndjson", "csv"];

const one: Omit<OptionSpec, "name"> = { value: null, many: "no", required: false, alias: null };

/** An option that must be given. */
export function needed(name: string, value: string): OptionSpec {
  return { ...one, name, value, required: true };
}

/** An option that may be given. */
export function maybe(name: string, value: string): OptionSpec {
  return { ...one, name, value };
}

/** An option that may be given more than once. */
export function several(name: string, value: string, required = false): OptionSpec {
  return { ...one, name, value, many: "repeated", required };
}

/** An option without a value. */
export function flag(name: string): OptionSpec {
  return { ...one, name };
}

/** A word that has a place. */
export function arg(name: string, required = true): ArgSpec {
  return { name, required };
}

/** Says what a command would do, and does nothing. */
export const dryRun = flag("dry-run");
/** Where the passphrase of the keys is read from. */
export const passphrase = maybe("passphrase-file", "FILE");
