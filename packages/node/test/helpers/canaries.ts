import { filesWithin } from "../../../../test/helpers/files-within.ts";
import { nodePaths } from "../../src/config.ts";
import type { Consortium } from "./consortium.ts";
import type { Written } from "./writer.ts";

/** How many of these payloads a member's node has in a file, whatever the file is. */
export async function payloadsFound(
  network: Consortium,
  index: number,
  batches: readonly Written[],
): Promise<number> {
  const contents = await filesWithin(nodePaths(network.member(index).config.home).data);
  return batches.filter(({ payloads }) => {
    const canary = Buffer.from((payloads[0] as Uint8Array).subarray(100, 148));
    return contents.some((bytes) => bytes.includes(canary));
  }).length;
}
