import {
  type Disclosure,
  documentFields,
  encodeSchema,
  schemaHash as hashOf,
  type StreamSchema,
} from "@tegata/ledger/chain";
import { LedgerError, type MemberId, type StreamId } from "@tegata/ledger/primitives";
import { generateSecret, generateStreamId } from "@tegata/ledger/vault";
import type { z } from "zod";
import type { createStreamBody, Stream } from "./api/schemas.ts";
import type { Book } from "./book/book.ts";
import type { StreamFacts } from "./book/facts.ts";
import type { Clock } from "./clock.ts";
import type { Company } from "./company.ts";
import { GatewayError } from "./errors.ts";
import type { Keyring, OwnStream } from "./keyring.ts";
import type { Members } from "./members.ts";
import { alternatives } from "./names.ts";
import type { Dispatch } from "./outbox/dispatch.ts";
import type { Outbox } from "./outbox/outbox.ts";
import type { Schemas } from "./schemas.ts";
import { type EpochSpan, joinSpans, spanTimes } from "./spans.ts";

/** What streams are made of. */
export interface StreamsParts {
  readonly company: Company;
  readonly book: Book;
  readonly keyring: Keyring;
  readonly members: Members;
  readonly schemas: Schemas;
  readonly outbox: Outbox;
  readonly dispatch: Dispatch;
  readonly clock: Clock;
}

type CreateBody = z.output<typeof createStreamBody>;

const idText = /^[0-9a-f]{32}$/;

/** Streams by the names that people give them. */
export class Streams {
  readonly #parts: StreamsParts;
  readonly #names = new Map<string, StreamId>();
  /** Own streams of earlier runs that are neither on the ledger nor on their way, as far as it was read. */
  readonly #unborn: Set<StreamId>;

  constructor(parts: StreamsParts) {
    this.#parts = parts;
    const { keyring, book, outbox } = parts;
    const waiting = new Set([...outbox.heads()].map(({ lane }) => lane));
    const own = [...keyring.ownStreams()].map(({ id }) => id);
    this.#unborn = new Set(own.filter((id) => book.stream(id) === null && !waiting.has(id)));
    for (const { id } of keyring.ownStreams()) this.#rememberOwn(id);
  }

  /**
   * The stream of a name, `handle/name` or id.
   * @throws GATEWAY_STREAM_UNKNOWN, and GATEWAY_NOT_READABLE where it may be one whose name is sealed
   */
  async resolve(asked: string): Promise<StreamId> {
    const text = asked.normalize("NFC");
    const known = this.#lookUp(text);
    if (known !== null) return known;
    await this.#parts.schemas.openAll();
    this.#rememberShared();
    const later = this.#lookUp(text);
    if (later !== null) return later;
    const labels = [...new Set(this.#names.values())].map((id) => this.label(id));
    const others = alternatives(text, labels, this.#names.keys());
    const owner = this.#ownerOfSealed(text);
    if (owner === null) {
      throw new GatewayError("GATEWAY_STREAM_UNKNOWN", { stream: text, ...others });
    }
    const { suggestion } = others;
    throw new GatewayError("GATEWAY_NOT_READABLE", { stream: text, owner, suggestion });
  }

  /** An own stream. @throws GATEWAY_STREAM_UNKNOWN, GATEWAY_NOT_OWNER, GATEWAY_STARTING */
  async resolveOwn(text: string): Promise<OwnStream> {
    const id = await this.resolve(text);
    this.#checkBorn(id);
    const own = this.#parts.keyring.own(id);
    if (own !== null) return own;
    const owner = this.#parts.book.stream(id)?.owner ?? this.#parts.company.member;
    const { name } = this.#parts.members.company(owner);
    throw new GatewayError("GATEWAY_NOT_OWNER", { stream: text, owner: name });
  }

  /** How a stream is called here: its name, `handle/name`, or its id while the name is sealed. */
  label(id: StreamId): string {
    const { keyring, book, members } = this.#parts;
    const name = keyring.schema(id)?.schema.name;
    if (name === undefined) return id;
    const owner = book.stream(id)?.owner;
    if (keyring.own(id) !== null || owner === undefined) return name;
    return `${members.company(owner).handle}/${name}`;
  }

  /** All streams: own ones first, then what is shared, then what is sealed. */
  async list(): Promise<readonly Stream[]> {
    const { keyring, book, schemas, members } = this.#parts;
    await schemas.openAll();
    await members.know([...book.streams()].map(({ owner }) => owner));
    const ids = new Set([...keyring.ownStreams()].map(({ id }) => id));
    for (const { id } of book.streams()) ids.add(id);
    const rank = (stream: Stream): number => (stream.mine ? 0 : stream.name === null ? 2 : 1);
    return [...ids]
      .map((id) => this.describe(id))
      .sort((a, b) => rank(a) - rank(b) || compare(a.name ?? a.id, b.name ?? b.id));
  }

  describe(id: StreamId): Stream {
    const { keyring, book, members, company } = this.#parts;
    const own = keyring.own(id);
    const facts = book.stream(id);
    const schema = keyring.schema(id)?.schema ?? null;
    const owner = facts?.owner ?? company.member;
    const disclosures = facts?.facets ?? own?.disclosures ?? [];
    return {
      id,
      owner: members.company(owner),
      name: schema?.name ?? null,
      mine: owner === company.member,
      category: facts?.category ?? own?.category ?? "other",
      epochLength: facts?.epochLength ?? own?.epochLength ?? "1h",
      kind: schema?.kind ?? null,
      zone: schema?.zone ?? null,
      facets: disclosures.map((disclosure, facet) => this.#facet(id, facet, disclosure, schema)),
      fields: schema === null ? [] : fieldsOf(schema),
      createdHeight: facts?.createdHeight ?? null,
      batches: facts?.batches ?? 0,
      deletedBatches: book.deletedBatches(id),
    };
  }

  /** Spans of epochs that this company may read of a facet; in an own stream everything. */
  readable(id: StreamId, facet: number): readonly EpochSpan[] {
    const { keyring } = this.#parts;
    const spans = keyring
      .received(id)
      .filter((grant) => grant.facets.some((granted) => granted.facet === facet))
      .map((grant) => [grant.epochFirst, grant.epochLast] as const);
    return joinSpans(spans);
  }

  /**
   * Makes a stream: its keys are on the disk before anything of it leaves.
   * @throws GATEWAY_STREAM_EXISTS, GATEWAY_STARTING, GATEWAY_SCHEMA_INVALID
   */
  async create(asked: CreateBody): Promise<{ readonly id: StreamId; readonly submission: string }> {
    const { company, keyring, outbox, dispatch, clock } = this.#parts;
    // One name has one text, however its accents were typed.
    const body = { ...asked, name: asked.name.normalize("NFC") };
    const named = this.#names.get(body.name);
    if (named !== undefined) {
      this.#checkBorn(named);
      throw new GatewayError("GATEWAY_STREAM_EXISTS", { stream: body.name });
    }
    const schemaBytes = schemaBytesOf(body);
    const id = generateStreamId(company.member);
    // Taken at once, so that two requests cannot make the same name.
    this.#names.set(body.name, id);
    const schemaSalt = generateSecret();
    const own: OwnStream = {
      id,
      category: body.category,
      epochLength: body.epochLength,
      disclosures: body.facets.map(({ disclosure }) => disclosure),
      schemaBytes,
      schemaSalt,
      schemaHash: hashOf(schemaSalt, schemaBytes),
      metaKey: generateSecret(),
      createdMs: clock.nowMs(),
    };
    await keyring.addStream(own, generateSecret());
    this.#rememberOwn(id);
    const contents = [{ kind: "stream-create" }] as const;
    const acceptance = { lane: id, contents, rows: 0, idempotency: null };
    const { submission, heads, durable } = outbox.accept(acceptance, clock.nowMs());
    dispatch.offer(heads);
    await durable;
    this.#names.set(`${company.handle}/${body.name}`, id);
    return { id, submission };
  }

  /**
   * Drops own streams that a crash left between keyring and outbox: nobody was told of them. Called once
   * the ledger was read.
   */
  async dropUnborn(): Promise<void> {
    const { keyring, book } = this.#parts;
    for (const id of this.#unborn) {
      if (book.stream(id) !== null) continue;
      for (const [name, named] of this.#names) if (named === id) this.#names.delete(name);
      await keyring.dropStream(id);
    }
    this.#unborn.clear();
  }

  /**
   * Nothing is accepted for a stream that a crash may have left half made, before it is known whether it is on the
   * ledger: where it is not, its keys are dropped, and what was accepted could never be sealed.
   */
  #checkBorn(id: StreamId): void {
    if (this.#unborn.has(id) && this.#parts.book.stream(id) === null) {
      throw new GatewayError("GATEWAY_STARTING", null);
    }
  }

  #facet(id: StreamId, facet: number, disclosure: Disclosure, schema: StreamSchema | null) {
    const own = this.#parts.keyring.own(id) !== null;
    const length = this.#parts.book.stream(id)?.epochLength ?? "1h";
    const spans = own
      ? [{ from: null, until: null }]
      : this.readable(id, facet).map((span) => spanTimes(span, length));
    const name = schema?.facets[facet]?.name ?? null;
    const endedHeight = own ? null : this.endedHeight(id, facet);
    return { name, disclosure, readable: spans.length > 0, spans, endedHeight };
  }

  /**
   * Block with which the owner closed the records to come of a facet that this company reads; null while one
   * of its grants holds.
   */
  endedHeight(id: StreamId, facet: number): number | null {
    const { keyring, book } = this.#parts;
    const ends = keyring
      .received(id)
      .filter((grant) => grant.facets.some((granted) => granted.facet === facet))
      .map((grant) => book.grant(id, grant.id)?.endedHeight ?? null);
    if (ends.length === 0 || ends.some((height) => height === null)) return null;
    return Math.max(...ends.map((height) => height ?? 0));
  }

  #lookUp(text: string): StreamId | null {
    const named = this.#names.get(text);
    if (named !== undefined) return named;
    const { book, keyring } = this.#parts;
    const id = text as StreamId;
    const exists = idText.test(text) && (book.stream(id) !== null || keyring.own(id) !== null);
    return exists ? id : null;
  }

  /** The name of the company that `handle/name` speaks of, if it has streams whose names are sealed here. */
  #ownerOfSealed(text: string): string | null {
    const { book, keyring, members } = this.#parts;
    const handle = text.slice(0, Math.max(0, text.indexOf("/")));
    for (const { id, owner } of book.streams()) {
      const company = members.company(owner);
      if (company.handle === handle && keyring.schema(id) === null) return company.name;
    }
    return null;
  }

  /** An own stream whose keys came back. */
  adopt(id: StreamId): void {
    this.#rememberOwn(id);
  }

  #rememberOwn(id: StreamId): void {
    const { keyring, company } = this.#parts;
    const name = keyring.schema(id)?.schema.name;
    if (name === undefined) return;
    this.#names.set(name, id);
    this.#names.set(`${company.handle}/${name}`, id);
  }

  /** Names of others are theirs to choose: of two equal ones the older stays. */
  #rememberShared(): void {
    const { keyring, book, members } = this.#parts;
    for (const id of keyring.receivedStreams()) {
      const schema = keyring.schema(id)?.schema;
      const facts: StreamFacts | null = book.stream(id);
      if (schema === undefined || facts === null) continue;
      const owner: MemberId = facts.owner;
      const label = `${members.company(owner).handle}/${schema.name}`;
      if (!this.#names.has(label)) this.#names.set(label, id);
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Fields of a schema with the names of their facets. */
export function fieldsOf(schema: StreamSchema): Stream["fields"] {
  return schema.fields.map(({ name, type, facet, unit }) => ({
    name,
    type,
    facet: schema.facets[facet]?.name ?? "",
    unit,
  }));
}

function invalid(reason: string, cause?: unknown): GatewayError<"GATEWAY_SCHEMA_INVALID"> {
  return new GatewayError("GATEWAY_SCHEMA_INVALID", { reason }, cause);
}

function checkZone(zone: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
  } catch (cause) {
    throw invalid(`"${zone}" is no name of the time zone database`, cause);
  }
}

function schemaBytesOf(body: CreateBody): Uint8Array {
  checkZone(body.zone);
  if (idText.test(body.name)) throw invalid("a name must not look like an id");
  const facetIndex = new Map(body.facets.map(({ name }, index) => [name, index]));
  const fields = body.fields.map(({ name, type, facet, unit }) => {
    // No JSON with this key is let in: it reaches into objects of careless programs.
    if (name === "__proto__") throw invalid('no field can be called "__proto__"');
    const index = facetIndex.get(facet);
    if (index === undefined) throw invalid(`the field "${name}" is in no facet of the stream`);
    return { name, type, facet: index, unit };
  });
  if (body.kind === "documents" && fields.length !== documentFields.length) {
    throw invalid("a stream of documents has the fields document, name, index, last and content");
  }
  const facets = body.facets.map(({ name }) => ({ name }));
  try {
    return encodeSchema({ name: body.name, zone: body.zone, facets, fields, kind: body.kind });
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    throw invalid(error.message, error);
  }
}
