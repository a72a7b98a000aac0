/**
 * The text of the one fenced `sh` block in a section of a Markdown file.
 * @throws Error when the section or the block is missing, or there is more than one block
 */
export function shellBlockOf(markdown: string, section: string): string {
  const lines = markdown.split("\n");
  const start = lines.indexOf(`## ${section}`);
  if (start === -1) throw new Error(`there is no section "${section}"`);
  const next = lines.findIndex((line, index) => index > start && /^#{1,2} /.test(line));
  const body = lines.slice(start + 1, next === -1 ? lines.length : next).join("\n");
  const blocks = [...body.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
  const [block] = blocks;
  if (block === undefined) throw new Error(`section "${section}" has no sh block`);
  if (blocks.length > 1) throw new Error(`section "${section}" has ${blocks.length} sh blocks`);
  return block;
}
