import { type ParseArgsConfig, parseArgs } from "node:util";
import { sharedData } from "./shared-data.ts";

/**
 * What the words of the command line say. Ends the process with the usage: for `--help` on stdout with 0, for
 * words that nobody knows on stderr with 64.
 */
export function wordsOf<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  usage: string,
  options: Options,
) {
  if (process.argv.slice(2).some((word) => word === "--help" || word === "-h")) {
    process.stdout.write(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`error: ${why}\n${usage}`);
    process.exit(64);
  }
}

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
