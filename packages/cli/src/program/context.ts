import { resolve } from "node:path";
import { type Painter, painter, wantsColour } from "../print/colour.ts";
import type { OutputFormat } from "../print/rows.ts";
import { type Column, tableLines } from "../print/table.ts";
import { openWriter, type Writer } from "../print/writer.ts";
import { typedHome, withHome } from "./own-command.ts";
import type { World } from "./world.ts";

/** What every command is told beside its own words. */
export interface Settings {
  /** Home folder of the company, absolute. */
  readonly home: string;
  /** File of the settings, absolute; it need not be there. */
  readonly settingsFile: string;
  readonly format: OutputFormat;
  /** Whether only results and errors are written. */
  readonly quiet: boolean;
  readonly debug: boolean;
  /** Whether nothing may be asked. */
  readonly noInput: boolean;
  /** What was said about colours; null when nothing was. */
  readonly colour: boolean | null;
  /** Whether the command only says what it would do. */
  readonly dryRun: boolean;
}

/** Settings and streams of one run of a command. */
export class Context {
  readonly settings: Settings;
  readonly world: World;
  readonly paint: Painter;
  /** Results; the writer stops by itself when nobody reads any more. */
  readonly out: Writer;

  constructor(settings: Settings, world: World) {
    this.settings = settings;
    this.world = world;
    this.paint = painter(this.#wantsColour(world.stdout.isTTY === true));
    this.out = openWriter(world.stdout);
  }

  get home(): string {
    return this.settings.home;
  }

  get format(): OutputFormat {
    return this.settings.format;
  }

  get dryRun(): boolean {
    return this.settings.dryRun;
  }

  /** A file that was named on the command line, as it was named where that finds it. */
  path(file: string): string {
    return this.world.folder === process.cwd() ? file : resolve(this.world.folder, file);
  }

  /** Whether a person can be asked. */
  get isInteractive(): boolean {
    const { stdin, stderr } = this.world;
    return !this.settings.noInput && stdin.isTTY === true && stderr.isTTY === true;
  }

  /** Whether the result is for programs. */
  get json(): boolean {
    return this.format === "json" || this.format === "ndjson";
  }

  /** Columns of the terminal, or null where nothing is cut. */
  get widthMax(): number | null {
    const { stdout } = this.world;
    return stdout.isTTY === true ? (stdout.columns ?? 80) : null;
  }

  /** The result of a command: one JSON document, or lines for people. */
  async result(document: ResultDocument, lines: readonly string[]): Promise<void> {
    await this.resultAsIs(document, this.json ? [] : lines.map((line) => this.own(line)));
  }

  /** As {@link result}; commands in it are for others to say. */
  async resultAsIs(document: ResultDocument, lines: readonly string[]): Promise<void> {
    const text = this.json ? JSON.stringify(document) : lines.join("\n");
    if (text !== "") await this.out.write(`${text}\n`);
  }

  /** A text for whoever gave this command: what it tells to say names the same folder. */
  own(text: string): string {
    return withHome(text, typedHome(this.world.words));
  }

  /** Lines of a table as wide as the terminal. */
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
    const dress = (text: string): string => this.paint("title", text);
    return tableLines(columns, rows, { widthMax: this.widthMax, dress });
  }

  /** A message on stderr; quiet runs leave it out. */
  say(text: string): void {
    if (!this.settings.quiet) this.warn(text);
  }

  /** As {@link say}; commands in it are for others to say. */
  sayAsIs(text: string): void {
    if (!this.settings.quiet) this.world.stderr.write(`${text}\n`);
  }

  /** A message on stderr that nobody may miss. */
  warn(text: string): void {
    this.world.stderr.write(`${this.own(text)}\n`);
  }

  /** Dresses messages on stderr. */
  get paintMessage(): Painter {
    return painter(this.#wantsColour(this.world.stderr.isTTY === true));
  }

  #wantsColour(isTty: boolean): boolean {
    return wantsColour({ isTty, env: this.world.env, wish: this.settings.colour });
  }
}

/** A JSON document with the mark of its version. */
export interface ResultDocument {
  readonly schema: `tegata.${string}/${number}`;
  readonly [name: string]: unknown;
}
