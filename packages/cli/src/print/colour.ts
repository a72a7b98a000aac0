import { styleText } from "node:util";

/** Colours by what they mean. */
export type Style = "good" | "bad" | "warning" | "title" | "quiet";

/** Dresses text for one stream. */
export type Painter = (style: Style, text: string) => string;

const formats = {
  good: "green",
  bad: "red",
  warning: "yellow",
  title: "bold",
  quiet: "dim",
} as const satisfies Readonly<Record<Style, Parameters<typeof styleText>[0]>>;

/** What decides about colours. */
export interface ColourQuestion {
  readonly isTty: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--no-color` and `--color`; null when neither was said. */
  readonly wish: boolean | null;
}

/**
 * Whether to colour: what was said, then NO_COLOR, then FORCE_COLOR, then a terminal that can.
 * Source: no-color.org (any non-empty value counts); FORCE_COLOR=0 says no.
 */
export function wantsColour({ isTty, env, wish }: ColourQuestion): boolean {
  if (wish !== null) return wish;
  if ((env.NO_COLOR ?? "") !== "") return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return isTty && env.TERM !== "dumb";
}

/** A painter that colours, or one that gives text back as it is. */
export function painter(colour: boolean): Painter {
  if (!colour) return (_style, text) => text;
  return (style, text) => styleText(formats[style], text, { validateStream: false });
}
