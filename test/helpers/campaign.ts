import { sharedData } from "./shared-data.ts";

/**
 * Runs a campaign over the sample data and gives its exit code: 64 with the usage for words that are none of
 * its own (`options` is null), 69 where the data is not on this machine.
 */
export async function campaignOver<Options>(
  options: Options | null,
  usage: string,
  run: (options: Options) => Promise<number>,
): Promise<number> {
  if (options === null) {
    process.stderr.write(usage);
    return 64;
  }
  if (sharedData === null) {
    process.stderr.write("error: the sample data is not on this machine\n");
    process.stderr.write("  next: set TEGATA_TEST_DATA to its folder\n");
    return 69;
  }
  return run(options);
}
