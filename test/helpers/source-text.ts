/** A source text taken apart, each piece at its old place so that line numbers stay true. */
export interface SourceText {
  /** The text with comments blanked: import paths can be read from it. */
  readonly withoutComments: string;
  /** The text with comments and the contents of strings blanked: only names and signs remain. */
  readonly code: string;
}

type Kind = "code" | "comment" | "string";

// Where a slash begins a regular expression and is not a division.
const beforeRegExp = /(?:^|[(,=:[!&|?{};+\-*%<>~]|\b(?:return|typeof|case|in|of|void))\s*$/;
const regExpLiteral = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const lineComment = /\/\/[^\n]*/y;
const blockComment = /\/\*[\s\S]*?(?:\*\/|$)/y;
const quoted = /"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?/y;
const templatePart = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*/y;

/** Takes a TypeScript or JavaScript text apart; good enough for house rules, not a parser. */
export function takeApart(text: string): SourceText {
  const kinds: Kind[] = new Array(text.length).fill("code");
  // One entry for each open template: how many braces are open inside its current expression.
  const templates: number[] = [];
  let at = 0;

  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  const take = (length: number, kind: Kind): void => {
    kinds.fill(kind, at, at + length);
    at += length;
  };
  const takeTemplatePart = (): void => {
    const part = match(templatePart) ?? "";
    take(part.length, "string");
    if (text.startsWith("${", at)) {
      templates.push(0);
      at += 2;
    } else {
      at += 1;
    }
  };

  while (at < text.length) {
    const sign = text[at];
    const comment = sign === "/" ? (match(lineComment) ?? match(blockComment)) : null;
    if (comment !== null) {
      take(comment.length, "comment");
    } else if (sign === "/" && beforeRegExp.test(text.slice(Math.max(0, at - 40), at))) {
      take(match(regExpLiteral)?.length ?? 1, "string");
    } else if (sign === '"' || sign === "'") {
      const literal = match(quoted) ?? sign;
      take(literal.length, "string");
    } else if (sign === "`") {
      at += 1;
      takeTemplatePart();
    } else if (sign === "}" && templates.at(-1) === 0) {
      templates.pop();
      at += 1;
      takeTemplatePart();
    } else {
      const open = templates.at(-1);
      if (open !== undefined && sign === "{") templates[templates.length - 1] = open + 1;
      if (open !== undefined && sign === "}") templates[templates.length - 1] = open - 1;
      at += 1;
    }
  }
  return {
    withoutComments: blank(text, kinds, ["comment"]),
    code: blank(text, kinds, ["comment", "string"]),
  };
}

function blank(text: string, kinds: readonly Kind[], unwanted: readonly Kind[]): string {
  let result = "";
  for (let i = 0; i < text.length; i += 1) {
    const kind = kinds[i] ?? "code";
    result += text[i] === "\n" || !unwanted.includes(kind) ? text[i] : " ";
  }
  return result;
}

/** What stands in quotes in a source text, each piece at its old place. */
export function stringsIn(text: string): string {
  const { withoutComments, code } = takeApart(text);
  const signs = [...withoutComments].map((sign, at) => {
    return sign !== "\n" && code[at] === sign ? " " : sign;
  });
  return signs.join("");
}
