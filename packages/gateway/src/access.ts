import type { MemberId } from "@tegata/ledger/primitives";
import type { Access } from "./api/schemas.ts";
import type { Book } from "./book/book.ts";
import type { Keyring } from "./keyring.ts";
import type { Members } from "./members.ts";
import type { Schemas } from "./schemas.ts";
import { joinSpans, spanTimes } from "./spans.ts";
import type { Streams } from "./streams.ts";

/** What the matrix is made from. */
export interface AccessParts {
  readonly book: Book;
  readonly keyring: Keyring;
  readonly members: Members;
  readonly schemas: Schemas;
  readonly streams: Streams;
}

/** Who can read what: of own streams every reader, of the streams of others what this company may read. */
export async function readAccess(parts: AccessParts): Promise<Access> {
  await parts.schemas.openAll();
  await parts.members.know(companiesIn(parts));
  return { mine: await mine(parts), sharedWithMe: await shared(parts) };
}

/** Whose names the matrix needs. */
function* companiesIn({ book, keyring }: AccessParts): Generator<MemberId> {
  for (const { id } of keyring.ownStreams())
    for (const { grantee } of book.grants(id)) yield grantee;
  for (const { owner } of book.streams()) yield owner;
}

async function mine({ book, keyring, members, streams }: AccessParts): Promise<Access["mine"]> {
  const rows: Access["mine"] = [];
  for (const { id, epochLength } of keyring.ownStreams()) {
    const schema = keyring.schema(id)?.schema;
    if (schema === undefined) continue;
    for (const [facet, { name }] of schema.facets.entries()) {
      const granted = book.grants(id).filter((grant) => grant.facets.includes(facet));
      const readers: Access["mine"][number]["readers"] = [];
      for (const [member, grants] of Map.groupBy(granted, ({ grantee }): MemberId => grantee)) {
        const company = members.company(member);
        const live = grants.filter(({ endedHeight }) => endedHeight === null);
        const spans = joinSpans(live.map(spanOf));
        if (spans.length > 0) {
          const times = spans.map((span) => spanTimes(span, epochLength));
          readers.push({ company, spans: times, ended: null });
        }
        // What was written before the end stays readable.
        const past = grants.filter((grant) => grant.endedHeight !== null && !covers(spans, grant));
        if (past.length === 0) continue;
        const height = Math.max(...past.map(({ endedHeight }) => endedHeight ?? 0));
        readers.push({
          company,
          spans: joinSpans(past.map(spanOf)).map((span) => spanTimes(span, epochLength)),
          ended: { height, timeMs: await book.blockTimeMs(height) },
        });
      }
      rows.push({ stream: streams.label(id), facet: name, readers });
    }
  }
  return rows;
}

type Granted = Pick<ReturnType<Book["grants"]>[number], "epochFirst" | "epochLast">;

function spanOf({ epochFirst, epochLast }: Granted): readonly [number, number] {
  return [epochFirst, epochLast];
}

function covers(spans: ReturnType<typeof joinSpans>, { epochFirst, epochLast }: Granted): boolean {
  return spans.some(([first, last]) => first <= epochFirst && epochLast <= last);
}

async function shared(parts: AccessParts): Promise<Access["sharedWithMe"]> {
  const { book, keyring, members, streams } = parts;
  const rows: Access["sharedWithMe"] = [];
  for (const id of keyring.receivedStreams()) {
    const facts = book.stream(id);
    if (facts === null) continue;
    const schema = keyring.schema(id)?.schema;
    for (const facet of facts.facets.keys()) {
      const spans = streams.readable(id, facet);
      if (spans.length === 0) continue;
      const height = streams.endedHeight(id, facet);
      rows.push({
        stream: streams.label(id),
        owner: members.company(facts.owner),
        facet: schema?.facets[facet]?.name ?? `${facet}`,
        spans: spans.map((span) => spanTimes(span, facts.epochLength)),
        ended: height === null ? null : { height, timeMs: await book.blockTimeMs(height) },
      });
    }
  }
  return rows;
}
