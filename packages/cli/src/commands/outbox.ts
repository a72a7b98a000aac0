import type { GatewayClient, OutboxItem, OutboxRows } from "@tegata/gateway/client";
import { CliError } from "../errors.ts";
import { readCarried } from "../program/carried.ts";
import { errorMeaning } from "../program/error-page.ts";
import { words } from "../words/catalogue.ts";

const pageItems = 1_000;
const shortLength = 12;
const wholeLength = 32;
/** How many there are an error lists. */
const listedMax = 5;

/** Everything that is not on the ledger, page after page. */
export async function* outboxItems(gateway: GatewayClient): AsyncGenerator<OutboxItem> {
  let cursor: string | null = null;
  do {
    const page = await gateway.outbox({ limit: pageItems, ...(cursor === null ? {} : { cursor }) });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/** Rows of a submission that are not on the ledger, page after page; at least one page. */
export async function* outboxPages(
  gateway: GatewayClient,
  submission: string,
): AsyncGenerator<OutboxRows> {
  let cursor: string | null = null;
  do {
    const query = { limit: pageItems, ...(cursor === null ? {} : { cursor }) };
    const page: OutboxRows = await gateway.outboxRows(submission, query);
    yield page;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/** The beginning of a submission's name, as lists show it; any beginning that fits one only is understood. */
export function shortName(submission: string): string {
  return submission.slice(0, shortLength);
}

/** The submission that is meant. @throws CLI_SUBMISSION_UNKNOWN */
export async function submissionOf(gateway: GatewayClient, given: string): Promise<string> {
  if (given.length === wholeLength && /^[0-9a-f]+$/.test(given)) return given;
  const [found, known] = [new Set<string>(), new Set<string>()];
  for await (const { submission } of outboxItems(gateway)) {
    if (submission.startsWith(given.toLowerCase())) found.add(submission);
    else if (known.size < listedMax) known.add(submission);
    if (found.size > listedMax) break;
  }
  const [only] = found;
  if (only !== undefined && found.size === 1) return only;
  const several = found.size > 1;
  const shown = [...(several ? found : known)].slice(0, listedMax).map(shortName);
  throw new CliError("CLI_SUBMISSION_UNKNOWN", { submission: given, several, known: shown });
}

/** What a code means and what to do about it, a line each. */
export async function causeLines(codes: Iterable<string>): Promise<readonly string[]> {
  const { outbox } = words();
  const table = (await readCarried("docs/ERRORS.md")) ?? "";
  return [...new Set(codes)].flatMap((code) => {
    const known = words().foreignOf(code, {});
    const page = known === null ? errorMeaning(code, table) : null;
    const why = known?.message ?? page?.meaning ?? "";
    const next = known?.next ?? page?.remedy ?? `tegata help ${code}`;
    return [outbox.cause(code, why), outbox.remedy(next)];
  });
}
