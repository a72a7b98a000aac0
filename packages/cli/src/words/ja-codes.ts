import type { CodePage, CodePages, ErrorWords, ForeignDetail } from "./error-words.ts";
import { jaCodesCli } from "./ja-codes-cli.ts";
import { jaCodesLedger } from "./ja-codes-ledger.ts";
import { jaCodesGateway, jaCodesNode } from "./ja-codes-node.ts";
import { jaMembershipRefusals } from "./ja-membership-refusals.ts";

const pages: CodePages = {
  ...jaCodesLedger,
  ...jaCodesNode,
  ...jaCodesGateway,
  ...jaCodesCli,
};

/** The Japanese page of `tegata help CODE`; null for a code without one. */
export function jaPage(code: string): CodePage | null {
  const page = Object.hasOwn(pages, code) ? pages[code] : undefined;
  if (page !== undefined) return page;
  const refusals: Readonly<Record<string, () => ErrorWords>> = jaMembershipRefusals;
  const refusal = Object.hasOwn(refusals, code) ? refusals[code]?.() : undefined;
  return refusal === undefined ? null : [`${refusal.message}${refusal.why}`, refusal.next];
}

/** An error told by the page about its code and the data that came with it; null for a code without one. */
export function jaCode(code: string, detail: ForeignDetail): ErrorWords | null {
  const page = jaPage(code);
  if (page === null) return null;
  const [message, next] = page;
  const given = Object.entries(detail).filter(([name]) => name !== "message");
  const why = given.map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join("、");
  return { message, why: why === "" ? `説明は tegata help ${code} にあります。` : why, next };
}
