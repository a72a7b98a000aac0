import { epochLengthMs, type GrantId, limits } from "@tegata/ledger/chain";
import type { StreamId } from "@tegata/ledger/primitives";
import { generateSecret } from "@tegata/ledger/vault";
import type { Grant } from "./api/schemas.ts";
import type { Book } from "./book/book.ts";
import type { GrantFacts } from "./book/facts.ts";
import { GatewayError } from "./errors.ts";
import { coversOf, type Grants, packCovers } from "./grants.ts";
import type { Keyring } from "./keyring.ts";
import type { Members } from "./members.ts";
import type { EntryContent, PlannedCover } from "./outbox/entry.ts";
import type { Outbox } from "./outbox/outbox.ts";
import { type EpochSpan, joinSpans } from "./spans.ts";

/** What revoking needs. */
export interface RevokeParts {
  readonly book: Book;
  readonly keyring: Keyring;
  readonly members: Members;
  readonly grants: Grants;
  readonly outbox: Outbox;
}

/** What a grant opens, whatever the generation. */
type Opening = Omit<PlannedCover, "generation">;

/** A revocation as it will be made. */
export interface RevokePlan {
  readonly stream: StreamId;
  readonly ended: readonly GrantFacts[];
  /** What others, and the same company for other facets, get again for the records to come. */
  readonly again: readonly Opening[];
  /** The generation of the records to come. */
  readonly generation: number;
  readonly keeps: { readonly batches: number; readonly until: number | null };
}

/** Closes the future of a stream to a company. What it could read before it keeps, and the plan says so. */
export class Revoke {
  readonly #parts: RevokeParts;

  constructor(parts: RevokeParts) {
    this.#parts = parts;
  }

  /** @throws GATEWAY_COMPANY_UNKNOWN, GATEWAY_FACET_UNKNOWN, GATEWAY_NOTHING_TO_REVOKE */
  async plan(
    stream: StreamId,
    from: string,
    facets: readonly string[] | null,
  ): Promise<RevokePlan> {
    const { members, grants } = this.#parts;
    const grantee = await members.find(from);
    const closed = new Set(facets === null ? null : grants.facetIndexes(stream, facets));
    const closes = (facet: number): boolean => facets === null || closed.has(facet);
    const live = this.#live(stream);
    const isClosed = (opening: Opening): boolean =>
      opening.grantee === grantee && opening.facets.some(closes);
    const ended = live.filter(isClosed);
    // Grants on their way end with nothing, but they do not reach into the generation to come either.
    const openings = [...live, ...this.#onTheWay(stream)];
    if (!openings.some(isClosed)) {
      const { name } = members.company(grantee);
      throw new GatewayError("GATEWAY_NOTHING_TO_REVOKE", { company: name });
    }
    const again = openings.map((opening) => {
      const kept = isClosed(opening) ? (facet: number) => !closes(facet) : () => true;
      return { ...opening, facets: opening.facets.filter(kept) };
    });
    return await this.#plan(stream, ended, again);
  }

  /**
   * What closes a stream to whoever nobody should let read on, and opens it again to the others; to a member
   * that stays under its new key. Null when nothing is to be closed, or all of it is on its way.
   */
  async planClosing(
    stream: StreamId,
    reasonOf: (grant: GrantFacts) => "left" | "key-compromised" | null,
  ): Promise<RevokePlan | null> {
    const live = this.#live(stream);
    const ended = live.filter((grant) => reasonOf(grant) !== null);
    if (ended.length === 0) return null;
    return await this.#plan(stream, ended, [...live, ...this.#onTheWay(stream)]);
  }

  async #plan(
    stream: StreamId,
    ended: readonly GrantFacts[],
    openings: readonly Opening[],
  ): Promise<RevokePlan> {
    const { members } = this.#parts;
    const again = new Map<string, Opening>();
    for (const { grantee, facets, epochFirst, epochLast } of openings) {
      // Nothing is granted to who left; the ledger would refuse what names it.
      const hasLeft = (members.state(grantee)?.leftHeight ?? null) !== null;
      if (facets.length === 0 || hasLeft) continue;
      const name = `${grantee}/${facets.join(",")}/${epochFirst}-${epochLast}`;
      again.set(name, { grantee, facets, epochFirst, epochLast });
    }
    const rolls = Math.max(1, Math.ceil(ended.length / limits.endedGrantsMax));
    const generation = this.#lastGeneration(stream) + rolls;
    const keeps = await this.#keeps(stream, ended);
    return { stream, ended, again: [...again.values()], generation, keeps };
  }

  /** Makes the revocation: the new keys are on the disk before anything of it leaves. */
  async submit(plan: RevokePlan): Promise<string> {
    const { keyring, grants } = this.#parts;
    const { stream } = plan;
    const contents: EntryContent[] = [];
    const ids = plan.ended.map(({ id }) => id);
    let generation = this.#lastGeneration(stream);
    do {
      generation += 1;
      await keyring.addRoot(stream, generation, generateSecret());
      const endedGrants: readonly GrantId[] = ids.splice(0, limits.endedGrantsMax);
      contents.push({ kind: "stream-roll", generation, endedGrants });
    } while (ids.length > 0);
    // A transaction each: a company that leaves meanwhile costs the others nothing.
    const byGrantee = Map.groupBy(plan.again, ({ grantee }) => grantee);
    for (const openings of byGrantee.values()) {
      const covers = openings.flatMap(({ grantee, facets, epochFirst, epochLast }) =>
        coversOf(grantee, generation, facets, [epochFirst, epochLast]),
      );
      contents.push(...packCovers(covers));
    }
    return await grants.submit(stream, contents);
  }

  /** The grants that end, as people see them. */
  ended(plan: RevokePlan): readonly Grant[] {
    const ids = new Map<string, Grant>();
    for (const { id } of plan.ended) {
      const grant = this.#parts.grants.shown(plan.stream, id);
      if (grant === null) continue;
      ids.set(`${grant.facets.join(",")}/${grant.from}-${grant.until}`, {
        ...grant,
        state: "ended",
      });
    }
    return [...ids.values()];
  }

  /** The grants that are given again, as people see them. */
  regranted(plan: RevokePlan): readonly Grant[] {
    const { grants } = this.#parts;
    const { generation } = plan;
    return plan.again.flatMap((cover) => {
      const { grantee, facets, epochFirst, epochLast } = cover;
      const span: EpochSpan = [epochFirst, epochLast];
      const covers = coversOf(grantee, generation, facets, span);
      return grants.planned({ stream: plan.stream, grantee, facets, span, covers });
    });
  }

  /** Grants of the ledger that no roll on its way ends. */
  #live(stream: StreamId): readonly GrantFacts[] {
    const { book, outbox } = this.#parts;
    const ending = new Set(
      outbox
        .changesOf(stream)
        .flatMap((content) => (content.kind === "stream-roll" ? content.endedGrants : [])),
    );
    return book
      .grants(stream)
      .filter(({ id, endedHeight }) => endedHeight === null && !ending.has(id));
  }

  /** Covers that were acknowledged and are not on the ledger yet. */
  #onTheWay(stream: StreamId): readonly Opening[] {
    return this.#parts.outbox
      .changesOf(stream)
      .flatMap((content) => (content.kind === "grant" ? content.covers : []));
  }

  /** The newest generation there is, committed or on its way. */
  #lastGeneration(stream: StreamId): number {
    const { book, outbox } = this.#parts;
    const live = book.stream(stream)?.generations.length ?? 1;
    return Math.max(live, outbox.generationOnTheWay(stream));
  }

  /** Batches that the reader could open, and keeps. */
  async #keeps(stream: StreamId, ended: readonly GrantFacts[]): Promise<RevokePlan["keeps"]> {
    const { book, grants } = this.#parts;
    const lengthMs = epochLengthMs(book.stream(stream)?.epochLength ?? "1h");
    let batches = 0;
    let epochLast: number | null = null;
    for (const [generation, same] of Map.groupBy(ended, (grant) => grant.generation)) {
      const spans = joinSpans(same.map((grant) => [grant.epochFirst, grant.epochLast]));
      for (const span of spans) {
        const found = await grants.batchesIn(stream, span, (one) => one === generation);
        batches += found.batches;
        if (found.epochLast !== null) epochLast = Math.max(epochLast ?? 0, found.epochLast);
      }
    }
    return { batches, until: epochLast === null ? null : (epochLast + 1) * lengthMs };
  }
}
