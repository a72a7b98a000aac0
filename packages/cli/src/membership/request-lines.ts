import { wordlist } from "@scure/bip39/wordlists/english.js";
import type { MemberRequest } from "@tegata/gateway/client";
import { printable } from "../print/printable.ts";
import { words } from "../words/catalogue.ts";

/** The eight words of a request, as people read them to each other. */
export function requestWords({ words: places }: Pick<MemberRequest, "words">): readonly string[] {
  return places.map((place) => wordlist[place] ?? "");
}

/** What a request is about, in one line. */
export function requestTitle({ action, about, detail }: MemberRequest): string {
  const { membership } = words();
  const name = about === null ? "" : printable(about.name);
  return membership.actions[action](
    name,
    Object.entries(detail).map(([key, value]) => `${key} ${value}`),
  );
}

/** How the votes stand: a mark for each that counts, and the numbers. */
export function tallyText({ yes, no, needed, electorate }: MemberRequest): string {
  const marks = "●".repeat(yes) + "✕".repeat(no) + "○".repeat(Math.max(0, electorate - yes - no));
  return `${marks}  ${words().membership.tally(yes, needed)}`;
}

/** A request for people who decide on it. */
export function requestLines(
  request: MemberRequest,
  reach: string | null,
  nowMs: number,
): readonly string[] {
  const { membership } = words();
  const { about, proposer, votes, expiresMs } = request;
  const said = votes.map(({ company, approve }) =>
    membership.voted(printable(company.name), approve),
  );
  const place = about?.addresses[0] ?? null;
  return [
    membership.requestHead(request.request, requestTitle(request)),
    membership.requestBy(request.action, printable(proposer.name), words().ago(expiresMs, nowMs)),
    ...(about === null ? [] : [membership.handleIs(about.handle)]),
    ...(request.action !== "admit" ? [] : [membership.nodeAt(place, reach)]),
    membership.votesAre(tallyText(request)),
    ...(said.length === 0 ? [] : [`  ${said.join(", ")}`]),
  ];
}
