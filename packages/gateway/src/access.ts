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
  return { mine: mine(parts), sharedWithMe: await shared(parts) };
}

/** Whose names the matrix needs. */
function* companiesIn({ book, keyring }: AccessParts): Generator<MemberId> {
  for (const { id } of keyring.ownStreams())
    for (const { grantee } of book.grants(id)) yield grantee;
  for (const { owner } of book.streams()) yield owner;
}

function mine({ book, keyring, members, streams }: AccessParts): Access["mine"] {
  const rows: Access["mine"] = [];
  for (const { id, epochLength } of keyring.ownStreams()) {
    const schema = keyring.schema(id)?.schema;
    if (schema === undefined) continue;
    const live = book.grants(id).filter(({ endedHeight }) => endedHeight === null);
    for (const [facet, { name }] of schema.facets.entries()) {
      const granted = live.filter((grant) => grant.facets.includes(facet));
      const byReader = Map.groupBy(granted, (grant): MemberId => grant.grantee);
      const readers = [...byReader].map(([member, grants]) => ({
        company: members.company(member),
        spans: joinSpans(grants.map((grant) => [grant.epochFirst, grant.epochLast])).map((span) =>
          spanTimes(span, epochLength),
        ),
      }));
      rows.push({ stream: streams.label(id), facet: name, readers });
    }
  }
  return rows;
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
