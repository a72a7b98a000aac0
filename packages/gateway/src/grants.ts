import { type EpochLength, epochLengthMs, epochOf, limits } from "@tegata/ledger/chain";
import type { MemberId, StreamId } from "@tegata/ledger/primitives";
import { grantSealBytes } from "@tegata/ledger/vault";
import type { Grant } from "./api/schemas.ts";
import type { Book } from "./book/book.ts";
import type { GrantFacts } from "./book/facts.ts";
import type { Clock } from "./clock.ts";
import type { Company } from "./company.ts";
import { GatewayError } from "./errors.ts";
import type { Keyring } from "./keyring.ts";
import type { Members } from "./members.ts";
import { alternatives } from "./names.ts";
import type { Dispatch } from "./outbox/dispatch.ts";
import type { EntryContent, PlannedCover } from "./outbox/entry.ts";
import type { Outbox } from "./outbox/outbox.ts";
import { type EpochSpan, overlap } from "./spans.ts";

/** What grants are made with. */
export interface GrantsParts {
  readonly company: Company;
  readonly book: Book;
  readonly keyring: Keyring;
  readonly members: Members;
  readonly outbox: Outbox;
  readonly dispatch: Dispatch;
  readonly clock: Clock;
}

/** A grant that is asked for; times in ms, `until` exclusive, `from` null: everything up to `until`. */
export interface GrantOrder {
  readonly stream: StreamId;
  readonly to: string;
  readonly facets: readonly string[];
  readonly from: number | null;
  readonly until: number;
}

/** A grant as it will be made. */
export interface GrantPlan {
  readonly stream: StreamId;
  readonly grantee: MemberId;
  readonly facets: readonly number[];
  readonly span: EpochSpan;
  readonly covers: readonly PlannedCover[];
}

/** Room of a grant's body for covers, and what frames one. */
const bodyBytes = limits.grantBodyBytesMax - 64;
const coverFrameBytes = 96;
/** Stands for a grant that has no place on the ledger yet. */
const noId = "0".repeat(32);
const countedAtOnce = 4_096;

/** Opens spans of own streams to other companies, and lists what is open. */
export class Grants {
  readonly #parts: GrantsParts;

  constructor(parts: GrantsParts) {
    this.#parts = parts;
  }

  /**
   * @throws GATEWAY_COMPANY_UNKNOWN, GATEWAY_GRANT_TO_SELF, GATEWAY_FACET_UNKNOWN, GATEWAY_SPAN_EMPTY,
   * GATEWAY_SPAN_TOO_FAR
   */
  async plan(order: GrantOrder): Promise<GrantPlan> {
    const { members, company, keyring } = this.#parts;
    const { stream } = order;
    const grantee = await members.find(order.to);
    if (grantee === company.member) throw new GatewayError("GATEWAY_GRANT_TO_SELF", null);
    const facets = this.facetIndexes(stream, order.facets);
    const span = spanOf(order, keyring.own(stream)?.epochLength ?? "1h");
    const covers = this.#generations(stream, span).flatMap((generation) =>
      coversOf(grantee, generation, facets, span),
    );
    return { stream, grantee, facets, span, covers };
  }

  /** Puts grants into the outbox; durable when it resolves. Answers the submission. */
  async submit(stream: StreamId, contents: readonly EntryContent[]): Promise<string> {
    const { outbox, dispatch, clock } = this.#parts;
    const acceptance = { lane: stream, contents, rows: 0, idempotency: null };
    const { submission, heads, durable } = outbox.accept(acceptance, clock.nowMs());
    dispatch.offer(heads);
    await durable;
    return submission;
  }

  /** Indexes of facets by name, ascending. @throws GATEWAY_FACET_UNKNOWN */
  facetIndexes(stream: StreamId, names: readonly string[]): readonly number[] {
    const known = (this.#parts.keyring.schema(stream)?.schema.facets ?? []).map(({ name }) => name);
    const indexes = names.map((facet) => {
      const index = known.indexOf(facet);
      if (index >= 0) return index;
      throw new GatewayError("GATEWAY_FACET_UNKNOWN", { facet, ...alternatives(facet, known) });
    });
    return [...new Set(indexes)].sort((a, b) => a - b);
  }

  /** Grants of a stream as people see them: those that say the same of several generations are one. */
  list(stream: StreamId): readonly Grant[] {
    const { book } = this.#parts;
    const groups = Map.groupBy(book.grants(stream), (grant) => nameOf(grant));
    return [...groups.values()].flatMap((same) => {
      const newest = same.at(-1);
      if (newest === undefined) return [];
      const isLive = same.some(({ endedHeight }) => endedHeight === null);
      return [this.#shown(newest, newest.id, isLive ? "live" : "ended", newest.height)];
    });
  }

  /** One grant of the ledger as people see it; null where it does not concern this company. */
  shown(stream: StreamId, id: string): Grant | null {
    const facts = this.#parts.book.grant(stream, id);
    if (facts === null) return null;
    return this.#shown(
      facts,
      facts.id,
      facts.endedHeight === null ? "live" : "ended",
      facts.height,
    );
  }

  /** The grants of a plan; once they are on the ledger with their ids. */
  planned(
    plan: Omit<GrantPlan, "covers"> & { readonly covers: readonly PlannedCover[] },
  ): readonly Grant[] {
    const { book } = this.#parts;
    const last = Math.max(...plan.covers.map(({ generation }) => generation));
    return plan.covers
      .filter(({ generation }) => generation === last)
      .map((cover) => {
        const made = book
          .grants(plan.stream)
          .findLast((grant) => nameOf(grant) === nameOf(cover) && grant.generation === last);
        const facts = { ...cover, stream: plan.stream };
        return this.#shown(facts, made?.id ?? noId, "live", made?.height ?? null);
      });
  }

  /** Committed batches of a stream in a span of epochs, in these generations. */
  async batchesIn(
    stream: StreamId,
    span: EpochSpan,
    generations: (generation: number) => boolean,
  ): Promise<{ readonly batches: number; readonly epochLast: number | null }> {
    const { book } = this.#parts;
    const facts = book.stream(stream);
    if (facts === null) return { batches: 0, epochLast: null };
    const wanted = facts.generations.filter(
      ({ generation, epochs }) =>
        epochs !== null && generations(generation) && overlap(epochs, span),
    );
    const whole = wanted.every(
      ({ epochs }) => epochs !== null && span[0] <= epochs[0] && epochs[1] <= span[1],
    );
    if (whole && book.deletedBatches(stream) === 0) {
      const batches = wanted.reduce((sum, one) => sum + one.batches, 0);
      const lasts = wanted.flatMap(({ epochs }) => epochs?.[1] ?? []);
      return { batches, epochLast: lasts.length === 0 ? null : Math.max(...lasts) };
    }
    let batches = 0;
    let epochLast: number | null = null;
    for (let ordinal = 0; ordinal < facts.batches; ordinal += countedAtOnce) {
      const end = ordinal + countedAtOnce;
      for (const pointer of await book.batches(stream, ordinal, end, countedAtOnce)) {
        const { generation, epoch } = pointer;
        if (!generations(generation) || epoch < span[0] || epoch > span[1]) continue;
        if (book.isDeleted(stream, pointer.ordinal)) continue;
        batches += 1;
        epochLast = Math.max(epochLast ?? 0, epoch);
      }
    }
    return { batches, epochLast };
  }

  /** Generations in which a span can open something: the live one, and earlier ones with data in it. */
  #generations(stream: StreamId, span: EpochSpan): readonly number[] {
    const { book, keyring, outbox } = this.#parts;
    const live = book.stream(stream)?.generations.length ?? 1;
    const last = Math.max(live, outbox.generationOnTheWay(stream));
    const found: number[] = [];
    for (let generation = 1; generation <= last; generation += 1) {
      const epochs = book.stream(stream)?.generations[generation - 1]?.epochs ?? null;
      const holds = epochs !== null && overlap(epochs, span);
      const hasRoot = keyring.root(stream, generation) !== null;
      if (hasRoot && (generation >= live || holds)) found.push(generation);
    }
    return found;
  }

  #shown(
    facts: Pick<GrantFacts, "stream" | "grantee" | "facets" | "epochFirst" | "epochLast">,
    id: string,
    state: Grant["state"],
    height: number | null,
  ): Grant {
    const { members, keyring, book } = this.#parts;
    const { stream } = facts;
    const length = book.stream(stream)?.epochLength ?? keyring.own(stream)?.epochLength ?? "1h";
    const lengthMs = epochLengthMs(length);
    const names = keyring.schema(stream)?.schema.facets ?? [];
    return {
      ...{ id, state, height, to: members.company(facts.grantee) },
      facets: facts.facets.map((facet) => names[facet]?.name ?? `${facet}`),
      from: facts.epochFirst * lengthMs,
      until: (facts.epochLast + 1) * lengthMs,
    };
  }
}

/** Says alike of grants that open the same to the same company. */
function nameOf(
  grant: Pick<GrantFacts, "grantee" | "facets" | "epochFirst" | "epochLast">,
): string {
  return `${grant.grantee}/${grant.facets.join(",")}/${grant.epochFirst}-${grant.epochLast}`;
}

function spanOf({ from, until }: GrantOrder, length: EpochLength): EpochSpan {
  const first = from === null ? 0 : epochOf(from, length);
  const last = epochOf(until - 1, length);
  if (until <= (from ?? 0) || last < first) throw new GatewayError("GATEWAY_SPAN_EMPTY", null);
  if (last > limits.epochMax) throw new GatewayError("GATEWAY_SPAN_TOO_FAR", null);
  return [first, last];
}

/** Covers of one span in one generation, as many facets in each as fit. */
export function coversOf(
  grantee: MemberId,
  generation: number,
  facets: readonly number[],
  [epochFirst, epochLast]: EpochSpan,
): readonly PlannedCover[] {
  const covers: PlannedCover[] = [];
  let open: number[] = [];
  const close = (): void => {
    if (open.length > 0) covers.push({ grantee, generation, facets: open, epochFirst, epochLast });
    open = [];
  };
  for (const facet of facets) {
    const size = grantSealBytes([...open, facet], epochFirst, epochLast) + coverFrameBytes;
    if (size > bodyBytes) close();
    open.push(facet);
  }
  close();
  return covers;
}

/** Covers packed into grants that each fit into a transaction. */
export function packCovers(covers: readonly PlannedCover[]): readonly EntryContent[] {
  const grants: PlannedCover[][] = [];
  let size = 0;
  for (const cover of covers) {
    const { facets, epochFirst, epochLast } = cover;
    const bytes = grantSealBytes(facets, epochFirst, epochLast) + coverFrameBytes;
    const last = grants.at(-1);
    if (last === undefined || size + bytes > bodyBytes || last.length >= limits.coversMax) {
      grants.push([cover]);
      size = bytes;
    } else {
      last.push(cover);
      size += bytes;
    }
  }
  return grants.map((packed) => ({ kind: "grant", covers: packed }));
}
