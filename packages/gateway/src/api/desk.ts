import type { z } from "zod";
import type { Recovered } from "../recovery.ts";
import type { EventsFrom } from "./event-stream.ts";
import type { MembershipDesk } from "./membership-desk.ts";
import type { OutboxDesk } from "./outbox-desk.ts";
import type {
  Access,
  createStreamBody,
  Document,
  EventsQuery,
  Grant,
  GrantAnswer,
  grantBody,
  Member,
  MemberDetail,
  PurgeAnswer,
  proofBody,
  purgeBody,
  Raw,
  RecordsPage,
  RevokeAnswer,
  recordsQuery,
  revokeBody,
  Status,
  Stream,
  Submission,
  submitRowsBody,
} from "./schemas.ts";
import type { TokensDesk } from "./tokens-desk.ts";

/** How a request that changes something wants to be answered. */
export interface Wish {
  /** How long the answer may wait for the commit; 0: it comes once the change is durable here. */
  readonly waitMs: number;
  /** Say what would happen and change nothing. */
  readonly dryRun: boolean;
}

/**
 * What people can ask of the gateway, without a word about HTTP; the routes only translate. Every method
 * throws {@link GatewayError} for what is not possible.
 */
export interface Desk {
  status(): Promise<Status>;
  members(): Promise<readonly Member[]>;
  createStream(body: z.output<typeof createStreamBody>, wish: Wish): Promise<Stream>;
  streams(): Promise<readonly Stream[]>;
  stream(stream: string): Promise<Stream>;
  /** Answers when the rows are synced in the outbox; without a key every call is a new submission. */
  submitRows(
    stream: string,
    body: z.output<typeof submitRowsBody>,
    idempotencyKey: string | null,
    wish: Wish,
  ): Promise<Submission>;
  submission(id: string, wish: Wish): Promise<Submission>;
  readonly outbox: OutboxDesk;
  readonly tokens: TokensDesk;
  records(stream: string, query: z.output<typeof recordsQuery>): Promise<RecordsPage>;
  /** Throws before the first event for an unknown stream or cursor; ends when the signal is aborted. */
  events(query: EventsQuery, signal: AbortSignal): Promise<EventsFrom>;
  grant(stream: string, body: z.output<typeof grantBody>, wish: Wish): Promise<GrantAnswer>;
  grants(stream: string): Promise<readonly Grant[]>;
  revoke(stream: string, body: z.output<typeof revokeBody>, wish: Wish): Promise<RevokeAnswer>;
  /** Deletes old batches of an own stream at every company, for good. */
  purge(stream: string, body: z.output<typeof purgeBody>, wish: Wish): Promise<PurgeAnswer>;
  /** One member, by handle, name or id. */
  member(company: string): Promise<MemberDetail>;
  readonly membership: MembershipDesk;
  access(): Promise<Access>;
  documents(stream: string): Promise<readonly Document[]>;
  /** Throws before the first chunk for a document that is unknown, sealed or incomplete. */
  document(stream: string, document: string): Promise<AsyncIterable<Uint8Array>>;
  proof(body: z.output<typeof proofBody>): Promise<string>;
  /** The databases as records of a backup, still sealed. */
  backup(): AsyncIterable<Uint8Array>;
  /** Gets keys back from the ledger by the seed of the recovery key (32 bytes). */
  recover(recoverySeed: Uint8Array): Promise<Recovered>;
  raw(stream: string, record: string, facet: number): Promise<Raw>;
}
