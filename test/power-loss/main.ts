// `npm run -s chaos:disk -- --cuts 20 --seed 1 --json`
import { wordsOf } from "../helpers/campaign.ts";
import { type CampaignResult, headLine, runCampaign } from "./campaign.ts";
import { diskLibrary } from "./library.ts";
import { stores } from "./stores/all.ts";

const usage = `usage: npm run -s chaos:disk -- [--cuts N] [--seed S] [--store NAME] [--first I] [--company N]
         [--json] [--broken]
  --cuts    disks of each store; each loses its power once at least
  --seed    draws what happens to each disk, when, and what stays of what was not synced
  --store   only this one: ${stores.map(({ name }) => name).join(", ")}, company
  --first   number of the first disk
  --company power cuts and full disks of a whole company under load, in turn; none unless told
  --broken  disks whose syncs do nothing: losses must be found, and the exit code is 1
`;

interface Options {
  readonly disks: number;
  readonly seed: number;
  readonly first: number;
  readonly store: string | null;
  readonly companyCuts: number;
  readonly isJson: boolean;
  readonly isLying: boolean;
}

function readOptions(): Options | null {
  const values = wordsOf(usage, {
    cuts: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    first: { type: "string", default: "0" },
    store: { type: "string" },
    company: { type: "string", default: "0" },
    json: { type: "boolean", default: false },
    broken: { type: "boolean", default: false },
  });
  const words = [values.cuts, values.seed, values.first, values.company];
  const numbers = words.map(Number) as [number, number, number, number];
  const [disks, seed, first, companyCuts] = numbers;
  const isWhole = numbers.every((one) => Number.isSafeInteger(one) && one >= 0);
  const { store = null } = values;
  const isKnown =
    store === null || store === "company" || stores.some(({ name }) => name === store);
  if (!isWhole || disks === 0 || !isKnown) return null;
  return { disks, seed, first, store, companyCuts, isJson: values.json, isLying: values.broken };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function tell({ seed }: Options, { stores: summaries, failures }: CampaignResult): void {
  const sum = (name: "powerCuts" | "kills" | "faults" | "acknowledged" | "kept") =>
    summaries.reduce((total, summary) => total + summary[name], 0);
  const wrong = (name: "lost" | "doubled" | "wrong") =>
    summaries.reduce((total, summary) => total + summary[name], 0);
  const document = {
    ...{ schema: "tegata.power/1", seed, cuts: sum("powerCuts"), kills: sum("kills") },
    ...{ faults: sum("faults"), acknowledged: sum("acknowledged"), kept: sum("kept") },
    ...{ lost: wrong("lost"), doubled: wrong("doubled"), wrong: wrong("wrong") },
    ...{ stores: summaries, failures },
  };
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

async function main(options: Options): Promise<number> {
  const library = await diskLibrary();
  if (library === null) {
    say("error: there is no compiler of C: cc, gcc or clang");
    say("  next: apt-get install gcc libc6-dev");
    return 69;
  }
  const chosen = stores.filter(({ name }) => options.store === null || name === options.store);
  say(headLine());
  const result = await runCampaign({ ...options, stores: chosen, library, say });
  if (options.isJson) tell(options, result);
  return result.failures.length === 0 ? 0 : 1;
}

const options = readOptions();
if (options === null) {
  process.stderr.write(usage);
  process.exit(64);
}
// A store that did not open may leave something behind that waits.
process.exit(await main(options));
