import { printable } from "../print/printable.ts";
import { reportLimits } from "./limits.ts";

/** Text of a page that may be written as it is. Only {@link html} makes it. */
export class Html {
  readonly #text: string;

  constructor(pieces: readonly string[], values: readonly HtmlValue[]) {
    this.#text = pieces.map((piece, index) => piece + textOf(values[index] ?? null)).join("");
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template. */
export type HtmlValue = Html | string | number | null | readonly HtmlValue[];

/**
 * A piece of a page. Whatever is put into it is shown as text, never obeyed: marks of HTML are escaped,
 * control and direction characters appear as escapes, and only what this function made is taken as it is.
 * Source: OWASP XSS Prevention, rules 1 and 2; values of attributes stand in double quotes.
 */
export function html(pieces: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(pieces, values);
}

/** A text from outside, not longer than a page can bear; `more` says how much is left out. */
export function bounded(text: string, more: (characters: number) => string): string {
  const most = reportLimits.textCharactersMax;
  if (text.length <= most) return text;
  const characters = [...text];
  if (characters.length <= most) return text;
  return `${characters.slice(0, most).join("")}… ${more(characters.length - most)}`;
}

const marks: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

function textOf(value: HtmlValue): string {
  if (value === null) return "";
  if (value instanceof Html) return value.toString();
  if (typeof value === "number") return String(value);
  if (typeof value === "string") {
    return printable(value).replaceAll(/[&<>"'`]/g, (mark) => marks[mark] ?? "");
  }
  return value.map(textOf).join("");
}
