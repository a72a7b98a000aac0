/**
 * The text of the one fenced `sh` block in a section of a Markdown file.
 * @throws Error when the section or the block is missing, or there is more than one block
 */
export function shellBlockOf(markdown: string, section: string): string {
  const blocks: string[] = [];
  let isThere = false;
  let here = false;
  let fence: string | null = null;
  for (const line of markdown.split("\n")) {
    if (fence !== null) {
      // What looks like a title inside a block is a remark of the shell.
      if (line === "```") fence = null;
      else if (here && fence === "sh") blocks.push(`${blocks.pop() ?? ""}${line}\n`);
    } else if (line.startsWith("```")) {
      fence = line.slice(3);
      if (here && fence === "sh") blocks.push("");
    } else if (/^#{1,2} /.test(line)) {
      here = line === `## ${section}`;
      isThere ||= here;
    }
  }
  if (!isThere) throw new Error(`there is no section "${section}"`);
  const [block] = blocks;
  if (block === undefined) throw new Error(`section "${section}" has no sh block`);
  if (blocks.length > 1) throw new Error(`section "${section}" has ${blocks.length} sh blocks`);
  return block;
}

/** A block of a page: commands, commands that run until Ctrl-C, or a picture of what is printed. */
export interface PageBlock {
  readonly kind: "sh" | "sh until-ctrl-c" | "text";
  readonly text: string;
}

/** All blocks of these kinds of a page, in their order. */
export function blocksOf(page: string): readonly PageBlock[] {
  const found = page.matchAll(/^```(sh|sh until-ctrl-c|text)\n([\s\S]*?)^```$/gm);
  return [...found].map(([, kind = "text", text = ""]) => {
    return { kind: kind as PageBlock["kind"], text };
  });
}
