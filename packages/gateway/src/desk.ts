import type { StreamId } from "@tegata/ledger/primitives";
import type { z } from "zod";
import { readAccess } from "./access.ts";
import type { Desk, Wish } from "./api/desk.ts";
import type { EventsFrom } from "./api/event-stream.ts";
import type { MembershipDesk } from "./api/membership-desk.ts";
import type { EventsQuery, Grant, PurgeAnswer, purgeBody, recordsQuery } from "./api/schemas.ts";
import { Backlog } from "./backlog.ts";
import { type BackupParts, backupBytes } from "./backup.ts";
import type { Book } from "./book/book.ts";
import type { Clock } from "./clock.ts";
import type { Deletion } from "./deletion.ts";
import type { Documents } from "./documents.ts";
import { GatewayError } from "./errors.ts";
import type { Events } from "./events.ts";
import { type Grants, packCovers } from "./grants.ts";
import type { Intake } from "./intake.ts";
import type { Keyring } from "./keyring.ts";
import type { Members } from "./members.ts";
import type { Membership } from "./membership/membership.ts";
import { isNodeAway } from "./node-away.ts";
import { tokensDesk } from "./plant/clerk.ts";
import type { Proofs } from "./proof.ts";
import type { Query } from "./query.ts";
import { Recovery, type RecoveryParts } from "./recovery.ts";
import type { Revoke } from "./revoke.ts";
import type { Schemas } from "./schemas.ts";
import { readMember, readMembers, readStatus, type StatusParts } from "./status.ts";
import type { Streams } from "./streams.ts";
import type { Turns } from "./turns.ts";

/** What the desk hands its questions to. */
export interface DeskParts extends StatusParts, BackupParts, RecoveryParts {
  readonly book: Book;
  readonly keyring: Keyring;
  readonly members: Members;
  readonly schemas: Schemas;
  readonly streams: Streams;
  readonly intake: Intake;
  readonly query: Query;
  readonly documents: Documents;
  readonly grants: Grants;
  readonly revoke: Revoke;
  readonly deletion: Deletion;
  readonly proofs: Proofs;
  readonly membership: Membership;
  readonly clock: Clock;
  /** Changes of one stream see each other: generations are numbered by what came before. */
  readonly turns: Turns;
  readonly events: Events;
  /** Aborts when the gateway stops. */
  readonly stopped: AbortSignal;
}

type Asked = { readonly [Name in keyof Desk]: Desk[Name] };

/** The desk of a gateway: what people ask, by the names they use. */
export function createDesk(parts: DeskParts): Desk {
  const recovery = new Recovery(parts);
  return guarded({
    ...reading(parts),
    ...writing(parts),
    status: () => readStatus(parts),
    members: () => readMembers(parts),
    member: (company) => readMember(parts, company),
    membership: parts.membership,
    outbox: new Backlog(parts),
    tokens: tokensDesk(parts),
    access: () => readAccess(parts),
    backup: () => backupBytes(parts),
    recover: (seed) => recovery.run(seed),
    events: (query, signal) => follow(parts, query, signal),
  });
}

type Reading = Pick<
  Desk,
  "streams" | "stream" | "submission" | "records" | "grants" | "documents" | "document" | "raw"
> &
  Pick<Desk, "proof">;

function reading(parts: DeskParts): Reading {
  const { streams, schemas, intake, query, grants, documents, proofs, stopped } = parts;
  return {
    streams: () => streams.list(),
    stream: async (name) => {
      const id = await streams.resolve(name);
      await schemas.open(id);
      return streams.describe(id);
    },
    submission: (id, { waitMs }) => intake.wait(id, waitMs, stopped),
    records: async (name, asked) => query.page(await streams.resolve(name), pageOf(asked)),
    grants: async (name) => grants.list((await streams.resolveOwn(name)).id),
    documents: async (name) => documents.list(await streams.resolve(name)),
    document: async (name, document) => {
      const { content } = await documents.read(await streams.resolve(name), document);
      return content;
    },
    proof: async ({ stream, record, facet, field }) =>
      proofs.make({ stream: await streams.resolve(stream), record, facet, field }),
    raw: async (name, record, facet) => proofs.raw(await streams.resolve(name), record, facet),
  };
}

type Writing = Pick<Desk, "createStream" | "submitRows" | "grant" | "revoke" | "purge">;

function writing(parts: DeskParts): Writing {
  const { streams, intake, turns, stopped } = parts;
  return {
    createStream: async (body, wish) => {
      const { id, submission } = await streams.create(body);
      await committed(parts, submission, wish);
      return streams.describe(id);
    },
    submitRows: async (name, body, idempotencyKey, { waitMs }) => {
      const own = await streams.resolveOwn(name);
      const answer = await intake.submit(own, body, idempotencyKey);
      if (waitMs === 0 || answer.state !== "waiting") return answer;
      const { replayed } = answer;
      return { ...(await intake.wait(answer.submission, waitMs, stopped)), replayed };
    },
    grant: async (name, body, wish) => {
      const { grants } = parts;
      const { id: stream } = await streams.resolveOwn(name);
      const { plan, submission } = await turns.take(stream, async () => {
        const made = await grants.plan({ ...body, stream });
        const sent = wish.dryRun ? null : grants.submit(stream, packCovers(made.covers));
        return { plan: made, submission: await sent };
      });
      const { batches } = await grants.batchesIn(stream, plan.span, () => true);
      const height = submission === null ? null : await committed(parts, submission, wish);
      return { grants: [...grants.planned(plan)], submitted: !wish.dryRun, batches, height };
    },
    purge: async (name, body, wish) =>
      purge(parts, (await streams.resolveOwn(name)).id, body, wish),
    revoke: async (name, body, wish) => {
      const { revoke } = parts;
      const { id: stream } = await streams.resolveOwn(name);
      const { plan, submission } = await turns.take(stream, async () => {
        const made = await revoke.plan(stream, body.from, body.facets);
        return { plan: made, submission: wish.dryRun ? null : await revoke.submit(made) };
      });
      const height = submission === null ? null : await committed(parts, submission, wish);
      const ended: Grant[] = [...revoke.ended(plan)];
      const regranted: Grant[] = [...revoke.regranted(plan)];
      return { ended, regranted, keeps: plan.keeps, submitted: !wish.dryRun, height };
    },
  };
}

/**
 * Deletes what was observed before a time, or says what that would be.
 * @throws GATEWAY_PURGE_CHANGED where that is not what somebody was shown
 */
async function purge(
  parts: DeskParts,
  stream: StreamId,
  { before, plan: seen }: z.output<typeof purgeBody>,
  wish: Wish,
): Promise<PurgeAnswer> {
  const { deletion, turns } = parts;
  const { plan, submission } = await turns.take(stream, async () => {
    const made = await deletion.plan(stream, before);
    const { batches, plan: name } = made.shown;
    if (seen !== null && seen !== name)
      throw new GatewayError("GATEWAY_PURGE_CHANGED", { batches });
    const isIdle = wish.dryRun || made.purges.length === 0;
    return { plan: made, submission: isIdle ? null : await deletion.submit(made) };
  });
  const height = submission === null ? null : await committed(parts, submission, wish);
  return { ...plan.shown, submitted: submission !== null, height };
}

/** Height of a change, once it is on the ledger; null while it waits. @throws GATEWAY_LEDGER_REFUSED */
async function committed(
  { intake, stopped }: DeskParts,
  submission: string,
  { waitMs }: Wish,
): Promise<number | null> {
  if (waitMs === 0) return null;
  const { state, refusal, heightLast } = await intake.wait(submission, waitMs, stopped);
  if (refusal !== null) throw new GatewayError("GATEWAY_LEDGER_REFUSED", { code: refusal.code });
  return state === "committed" ? heightLast : null;
}

function pageOf(query: z.output<typeof recordsQuery>) {
  const { from = null, until = null, cursor = null, limit, order } = query;
  return { from, until, cursor, limit, order };
}

async function follow(
  { streams, events, stopped }: DeskParts,
  query: EventsQuery,
  signal: AbortSignal,
): Promise<EventsFrom> {
  const stream: StreamId | null =
    query.stream === undefined ? null : await streams.resolve(query.stream);
  const types = query.types === undefined ? null : new Set(query.types.split(","));
  const ended = AbortSignal.any([signal, stopped]);
  return events.follow(query.cursor ?? null, { stream, types }, ended);
}

type Wrap = <Args extends readonly unknown[], T>(
  call: (...args: Args) => Promise<T>,
) => (...args: Args) => Promise<T>;

function guardedMembership(asked: MembershipDesk, wrap: Wrap): MembershipDesk {
  return {
    agenda: wrap(() => asked.agenda()),
    request: wrap((number: number) => asked.request(number)),
    invite: wrap((...asking: Parameters<MembershipDesk["invite"]>) => asked.invite(...asking)),
    vote: wrap((...asking: Parameters<MembershipDesk["vote"]>) => asked.vote(...asking)),
    propose: wrap((...asking: Parameters<MembershipDesk["propose"]>) => asked.propose(...asking)),
    addresses: wrap((addresses: readonly string[], wish: Wish) => asked.addresses(addresses, wish)),
    rotate: wrap((...asking: Parameters<MembershipDesk["rotate"]>) => asked.rotate(...asking)),
    part: wrap((...asking: Parameters<MembershipDesk["part"]>) => asked.part(...asking)),
    seat: wrap(() => asked.seat()),
    standUp: wrap((wish: Wish) => asked.standUp(wish)),
  };
}

/** A node that does not answer is a refusal of its own, whoever asked it. */
function guarded(asked: Asked): Desk {
  const translate = (error: unknown): never => {
    throw isNodeAway(error) ? new GatewayError("GATEWAY_NODE_AWAY", null, error) : error;
  };
  const wrap = <Args extends readonly unknown[], T>(call: (...args: Args) => Promise<T>) => {
    return (...args: Args): Promise<T> => call(...args).catch(translate);
  };
  return {
    ...asked,
    status: wrap(asked.status),
    members: wrap(asked.members),
    member: wrap(asked.member),
    membership: guardedMembership(asked.membership, wrap),
    createStream: wrap(asked.createStream),
    streams: wrap(asked.streams),
    stream: wrap(asked.stream),
    submitRows: wrap(asked.submitRows),
    submission: wrap(asked.submission),
    recover: wrap(asked.recover),
    records: wrap(asked.records),
    grant: wrap(asked.grant),
    grants: wrap(asked.grants),
    revoke: wrap(asked.revoke),
    purge: wrap(asked.purge),
    access: wrap(asked.access),
    events: wrap(asked.events),
    documents: wrap(asked.documents),
    document: wrap(asked.document),
    proof: wrap(asked.proof),
    raw: wrap(asked.raw),
  };
}
