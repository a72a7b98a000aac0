import { assert } from "@tegata/ledger/primitives";
import { CliError } from "../errors.ts";
import { words } from "../words/catalogue.ts";
import type { CommandSpec } from "./spec.ts";

/** Values of options by name, as the parser found them. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly string[]>>;

/** What was given to a command, by the names of its spec. */
export class Given {
  readonly #spec: CommandSpec;
  readonly #args: readonly string[];
  readonly #options: OptionValues;

  constructor(spec: CommandSpec, args: readonly string[], options: OptionValues) {
    this.#spec = spec;
    this.#args = args;
    this.#options = options;
  }

  /** @throws CLI_USAGE for a required argument or option that is missing */
  checkComplete(): void {
    for (const [index, { name, required }] of this.#spec.args.entries()) {
      if (required && this.#args[index] === undefined) throw this.#missing(name.toUpperCase());
    }
    for (const { name, required } of this.#spec.options) {
      if (required && !Object.hasOwn(this.#options, name)) throw this.#missing(`--${name}`);
    }
  }

  #missing(what: string): CliError<"CLI_USAGE"> {
    const { name } = this.#spec;
    return new CliError("CLI_USAGE", words().usage.missing(what, name));
  }

  /** An argument that the command cannot do without. */
  argument(name: string): string {
    const value = this.maybeArgument(name);
    assert(value !== null, "required arguments are checked before a command runs");
    return value;
  }

  maybeArgument(name: string): string | null {
    const index = this.#spec.args.findIndex((arg) => arg.name === name);
    assert(index !== -1, "a command asks for its own arguments");
    return this.#args[index] ?? null;
  }

  /** An option that the command cannot do without. */
  required(name: string): string {
    const value = this.text(name);
    assert(value !== null, "required options are checked before a command runs");
    return value;
  }

  /** The value of an option, or null where it was not given. */
  text(name: string): string | null {
    const value = this.#value(name);
    return typeof value === "string" ? value : null;
  }

  /** All values of an option that may be given more than once. */
  list(name: string): readonly string[] {
    const value = this.#value(name);
    return Array.isArray(value) ? value : [];
  }

  /** Whether an option without a value was given. */
  flag(name: string): boolean {
    return this.#value(name) === true;
  }

  /**
   * The value of an option with few possible values, or null.
   * @throws CLI_USAGE for any other
   */
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | null {
    const text = this.text(name);
    if (text === null) return null;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw usageOf(words().usage.choice(`--${name}`, text, choices));
    return found;
  }

  /**
   * A whole number within limits, or null.
   * @throws CLI_USAGE
   */
  count(name: string, min: number, max: number): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw usageOf(words().usage.number(`--${name}`, text, min, max));
  }

  #value(name: string): string | boolean | readonly string[] | null {
    const known = this.#spec.options.some((option) => option.name === name);
    assert(known, "a command asks for its own options");
    return Object.hasOwn(this.#options, name) ? (this.#options[name] ?? null) : null;
  }
}

/** The error of a command line that cannot be understood. */
export function usageOf(said: { readonly text: string; readonly next: string }): CliError {
  return new CliError("CLI_USAGE", said);
}

/** The error of a question that was answered with no, or with something that is no yes. */
export function declinedOf(said: { readonly text: string; readonly next: string }): CliError {
  return new CliError("CLI_DECLINED", said);
}
