import { LedgerError } from "@tegata/ledger/primitives";
import { GatewayError, type GatewayErrorCode, type GatewayErrorDetails } from "../errors.ts";
import type { Alternatives } from "../names.ts";
import type { Problem } from "./schemas.ts";

/** What a caller is told about a failure. */
interface Told {
  readonly status: number;
  readonly title: string;
  readonly why: string;
  readonly next: string;
}

type Tell<Code extends GatewayErrorCode> = (detail: GatewayErrorDetails[Code]) => Told;

const told = (status: number, title: string, why: string, next: string): Told => {
  return { status, title, why, next };
};

const nearest = (suggestion: string | null, otherwise: string): string =>
  suggestion === null ? otherwise : `did you mean "${suggestion}"?`;

const listed = ({ known, more }: Alternatives): string =>
  `${known.length === 0 ? "none" : known.join(", ")}${more === 0 ? "" : ` and ${more} more`}`;

const mebibytes = (bytes: number): number => Math.floor(bytes / 1_048_576);

type Params = NonNullable<Problem["params"]>;

/** Failures of a request, each with its words; those of start-up and of the client are no answers. */
const answers: { readonly [Code in GatewayErrorCode]?: Tell<Code> } = {
  GATEWAY_NODE_AWAY: () =>
    told(
      503,
      "the company's node does not answer",
      "the node is stopped or starting",
      "look at tegata status; what was acknowledged waits and is sent by itself",
    ),
  GATEWAY_STARTING: () =>
    told(
      503,
      "the gateway is still reading the ledger",
      "it has to know the present before it answers",
      "try again in a moment; tegata status shows how far it is",
    ),
  GATEWAY_OUTBOX_FULL: ({ entries }) =>
    told(
      507,
      `${entries} batches wait in the outbox`,
      "the network takes less than is submitted, or does not answer",
      "look at tegata status and submit again later; nothing of this request was stored",
    ),
  GATEWAY_DISK_FULL: ({ freeBytes, neededBytes }) =>
    told(
      507,
      "the disk has no room for more rows; nothing of this request was stored",
      `${mebibytes(freeBytes)} MiB are free, and ${mebibytes(neededBytes)} MiB have to stay for what was accepted`,
      "make space and submit again; what was accepted before goes on",
    ),
  GATEWAY_STORE_FAILED: () =>
    told(
      507,
      "the disk refused to store it",
      "it is full or broken; the gateway stops and is started again",
      "make space, then submit again with the same Idempotency-Key: nothing is doubled",
    ),
  GATEWAY_REQUEST_INVALID: () =>
    told(
      400,
      "the request is not what the API describes",
      "a value is missing, unknown or of another type; see errors",
      "compare the request with /v1/openapi.json",
    ),
  GATEWAY_REQUEST_TOO_LARGE: ({ bytesMax }) =>
    told(
      413,
      "the request is too large",
      `a request holds ${bytesMax} bytes at most`,
      "send fewer rows at a time",
    ),
  GATEWAY_ROUTE_UNKNOWN: ({ path }) =>
    told(404, `there is nothing at ${path}`, "the API has no such path", "see /v1/openapi.json"),
  GATEWAY_TOKEN_INVALID: () =>
    told(
      401,
      "the token is missing or wrong",
      "over TCP every request carries Authorization: Bearer TOKEN",
      "take the token from the file gateway/token of the home folder",
    ),
  GATEWAY_PLANT_TOKEN: () =>
    told(
      401,
      "the token is not one for this stream",
      "it is missing, wrong, expired, revoked or for another stream",
      "ask whoever runs the gateway for a token: tegata tokens create",
    ),
  GATEWAY_PLANT_TRIES: ({ waitSeconds }) =>
    told(
      429,
      "too many wrong tokens came from this address",
      `it is not listened to for ${waitSeconds} seconds`,
      "correct the token, wait, and send again",
    ),
  GATEWAY_PLANT_BUSY: () =>
    told(
      429,
      "the gateway is busy with other files",
      "a token may have two on their way, and all together eight",
      "send it again in a few seconds, one file after the other",
    ),
  GATEWAY_PLANT_ONLY: ({ path }) =>
    told(
      404,
      `there is nothing at ${path}`,
      "here rows are handed in, and nothing else can be done",
      "send them with POST to /v1/streams/STREAM/records",
    ),
  GATEWAY_FORM_UNKNOWN: ({ known }) =>
    told(
      415,
      "this form is not taken",
      `Content-Type is one of: ${known.join(", ")}; no Content-Encoding`,
      "send a CSV file as it is, with Content-Type: text/csv",
    ),
  GATEWAY_KEY_MISSING: () =>
    told(
      400,
      "the Idempotency-Key is missing or too long",
      "without one a file that is sent again would be published twice",
      "send a hash of the file's name and content, in hexadecimal",
    ),
  GATEWAY_ROWS_TOO_MANY: ({ rowsMax }) =>
    told(
      413,
      "the file has too many rows; nothing was stored",
      `one file holds ${rowsMax} rows at most`,
      "send it in several files",
    ),
  GATEWAY_PLANT_TOKEN_UNKNOWN: ({ name, suggestion }) =>
    told(
      404,
      `no token "${name}"`,
      "no token of this gateway has this name",
      nearest(suggestion, "tegata tokens list shows all"),
    ),
  GATEWAY_PLANT_TOKEN_EXISTS: ({ name }) =>
    told(
      409,
      `there is a token "${name}" already`,
      "a name says which machine it is for, and is used once at a time",
      "choose another name, or take it back with tegata tokens revoke",
    ),
  GATEWAY_PLANT_TOKENS_FULL: ({ most }) =>
    told(
      422,
      "there are too many tokens",
      `a gateway has ${most} at most`,
      "take back those nobody uses: tegata tokens list shows them",
    ),
  GATEWAY_HOST_REFUSED: ({ host }) =>
    told(
      421,
      `this gateway does not answer for the host ${host}`,
      "a web page could reach it under a foreign name",
      "use the loopback address it listens on",
    ),
  GATEWAY_CURSOR_INVALID: () =>
    told(
      400,
      "the cursor is not one of this gateway",
      "cursors are opaque and belong to the request that gave them",
      "begin again without a cursor",
    ),
  GATEWAY_STREAM_UNKNOWN: (asked) =>
    told(
      404,
      `no stream "${asked.stream}"`,
      `no stream that this company may see has this name; there are: ${listed(asked)}`,
      nearest(asked.suggestion, "tegata streams list shows all"),
    ),
  GATEWAY_RECOVERY_KEY: () =>
    told(
      403,
      "these words are not those of this company",
      "the key they give is none that the company ever registered",
      "check the words and the home folder",
    ),
  GATEWAY_HISTORY_MISSING: ({ height }) =>
    told(
      503,
      `block ${height} is not here yet`,
      "the node is still fetching older blocks, in which the sealed keys stand",
      "wait until tegata status says that nothing is fetched any more, then repeat it",
    ),
  GATEWAY_STREAM_EXISTS: ({ stream }) =>
    told(
      409,
      `there is a stream "${stream}" already`,
      "names of a company's streams are used once",
      "choose another name",
    ),
  GATEWAY_NOT_OWNER: ({ stream, owner }) =>
    told(
      403,
      `the stream "${stream}" belongs to ${owner}`,
      "only its owner may do this",
      `ask ${owner}`,
    ),
  GATEWAY_NOT_READABLE: ({ stream, owner, suggestion }) =>
    told(
      403,
      `the stream "${stream}" is not readable here`,
      `no grant from ${owner} covers this company`,
      suggestion === null
        ? `check the name with tegata streams list, or ask ${owner} for a grant`
        : `did you mean "${suggestion}"? Else ask ${owner} for a grant`,
    ),
  GATEWAY_SCHEMA_INVALID: ({ reason }) =>
    told(422, "the stream's fields do not fit together", reason, "correct the schema"),
  GATEWAY_COMPANY_UNKNOWN: (asked) =>
    told(
      404,
      `no company "${asked.name}"`,
      `no member of the network has this handle or name; there are: ${listed(asked)}`,
      nearest(asked.suggestion, "tegata members list shows all"),
    ),
  GATEWAY_FACET_UNKNOWN: (asked) =>
    told(
      404,
      `no facet "${asked.facet}"`,
      `the stream has: ${listed(asked)}`,
      nearest(asked.suggestion, "name one of these"),
    ),
  GATEWAY_FIELD_UNKNOWN: (asked) =>
    told(
      404,
      `no field "${asked.field}"`,
      `the facet has: ${listed(asked)}`,
      nearest(asked.suggestion, "name one of these"),
    ),
  GATEWAY_ROWS_INVALID: ({ problems }) =>
    told(
      422,
      `${problems.length} cells do not fit the stream's schema; nothing was stored`,
      "see errors: row, field, what was expected and what came",
      "correct the rows and submit all of them again",
    ),
  GATEWAY_ROWS_TOO_OLD: () =>
    told(
      422,
      "rows are older than a week; nothing was stored",
      "old rows could be a clock that is wrong",
      "say --backfill if they really are that old",
    ),
  GATEWAY_ROWS_AHEAD: () =>
    told(
      422,
      "rows lie in the future; nothing was stored",
      "a time is more than five minutes ahead: often local time read as UTC",
      "give the zone with --tz, and check the clock",
    ),
  GATEWAY_KEY_REUSED: ({ submission }) =>
    told(
      409,
      "this Idempotency-Key was used for other rows",
      `it belongs to submission ${submission}`,
      "use a new key for new rows",
    ),
  GATEWAY_SUBMISSION_UNKNOWN: ({ submission }) =>
    told(
      404,
      `no submission ${submission}`,
      "submissions are remembered for a week after they are committed",
      "query the stream for its rows",
    ),
  GATEWAY_RECORD_UNKNOWN: ({ record }) =>
    told(
      404,
      `no record ${record}`,
      "nothing in this stream has this name",
      "tegata query shows the names of records with --json",
    ),
  GATEWAY_DOCUMENT_UNKNOWN: ({ document }) =>
    told(404, `no document ${document}`, "the stream has none of this name", "list them first"),
  GATEWAY_DOCUMENT_INCOMPLETE: ({ document }) =>
    told(
      409,
      `the document ${document} is not complete`,
      "chunks are still on their way, or a grant does not cover them",
      "try again later, or ask its owner",
    ),
  GATEWAY_PAYLOAD_MISSING: ({ record }) =>
    told(
      503,
      `the ciphertext of ${record} is not on this disk yet`,
      "the node was away and is fetching it from the others",
      "try again; tegata status shows how many are missing",
    ),
  GATEWAY_RECORD_DELETED: ({ record }) =>
    told(
      410,
      `the record ${record} was deleted by its owner`,
      "its ciphertext is deleted at every company; the ledger keeps only what it was committed to",
      "a proof or an export that was made before still holds",
    ),
  GATEWAY_PURGE_CHANGED: ({ batches }) =>
    told(
      409,
      "other records would be deleted than those that were shown; nothing was deleted",
      `what matches has changed since: ${batches} batches by now`,
      "look at it again with --dry-run, then decide",
    ),
  GATEWAY_PART_REFUSED: ({ record }) =>
    told(
      422,
      `the record ${record} does not open to what its owner committed to`,
      "what its owner encrypted holds no such rows of this facet",
      "do not use it; show its owner this message",
    ),
  GATEWAY_SPAN_EMPTY: () =>
    told(422, "the span is empty", "its end is not after its beginning", "give a later --until"),
  GATEWAY_SPAN_TOO_FAR: () =>
    told(
      422,
      "the span is too long",
      "times lie between 1970 and 120 years of the stream's hours",
      "give an earlier --until",
    ),
  GATEWAY_GRANT_TO_SELF: () =>
    told(
      422,
      "a company reads its own streams anyway",
      "no grant is needed",
      "name another company",
    ),
  GATEWAY_NOTHING_REFUSED: ({ submission }) =>
    told(
      404,
      `nothing of ${submission} is refused`,
      "it waits, is committed, or was sent again or let go of already",
      "tegata outbox list shows what there is",
    ),
  GATEWAY_NOTHING_TO_REVOKE: ({ company }) =>
    told(
      404,
      `${company} has no grant of this stream`,
      "nothing is open to it that could be closed",
      "tegata access shows who can read what",
    ),
  GATEWAY_REQUEST_UNKNOWN: ({ request, open }) =>
    told(
      404,
      `there is no open request ${request}`,
      open.length === 0 ? "none waits for a decision" : `open are: ${open.join(", ")}`,
      "tegata vote list shows all",
    ),
  GATEWAY_REQUEST_CHANGED: ({ request }) =>
    told(
      409,
      `request ${request} is not what was looked at`,
      "its content has another hash than the vote names",
      "look at it again with tegata approve",
    ),
  GATEWAY_NO_JOIN_ADDRESS: () =>
    told(
      422,
      "a company that is invited would not find this one",
      "the settings name no address at which the node listens for it (network.joinListen)",
      'write joinListen = ["/ip4/0.0.0.0/tcp/7002"] under [network] in config.toml; then tegata stop, tegata start',
    ),
  GATEWAY_JOIN_NOT_OPENED: ({ where }) =>
    told(
      503,
      `the node cannot listen for invited companies at ${where}`,
      "another program has this port, or the machine has no such address (log/node.log says which)",
      "end that program or set another network.joinListen; then invite again",
    ),
  GATEWAY_LEDGER_REFUSED: ({ code }) =>
    told(
      422,
      "the ledger refused it",
      `the members' common rules say ${code}`,
      `tegata help ${code} explains it`,
    ),
  GATEWAY_PROOF_SCOPE: ({ facet, disclosure }) =>
    disclosure === "row"
      ? told(
          422,
          `the facet "${facet}" is shown row by row`,
          "the stream was made without --disclosure FACET=field, and that cannot be changed afterwards",
          "ask for the proof without a field; a new stream can be made with --disclosure FACET=field",
        )
      : told(
          422,
          `the facet "${facet}" is shown field by field`,
          "its owner made it with field disclosure",
          "name a field with --field",
        ),
  GATEWAY_PROOF_TOO_LONG: ({ height, most }) =>
    told(
      422,
      `block ${height} cannot be proven in one file`,
      `those who decide changed more than ${most} times before it, or the file would grow too large`,
      "let whoever asks follow the chain from a header that both trust",
    ),
  GATEWAY_PROOF_GAP: ({ height }) =>
    told(
      409,
      `block ${height} cannot be proven from this store`,
      "those who decide changed before it, and the store is older than the index of such changes",
      "let the node fetch the chain anew",
    ),
};

const unexpected: Told = told(
  500,
  "something unexpected happened",
  "this is a mistake of the program",
  "look at log/gateway.log and report it",
);

/** The answer to a failed request; what is not our own error says nothing about itself. */
export function problemOf(error: unknown): Problem {
  if (error instanceof LedgerError && error.code === "LEDGER_STORE_FAILED") {
    return problemOf(new GatewayError("GATEWAY_STORE_FAILED", null, error));
  }
  if (!(error instanceof GatewayError)) return assemble("GATEWAY_UNEXPECTED", unexpected, error);
  const tell = answers[error.code as GatewayErrorCode] as Tell<GatewayErrorCode> | undefined;
  return assemble(error.code, tell?.(error.detail) ?? unexpected, error);
}

function assemble(code: string, { status, title, why, next }: Told, error: unknown): Problem {
  const type = `urn:tegata:${code.toLowerCase().replaceAll("_", "-")}`;
  const problem = { type, title, status, detail: `${title}: ${why}`, code, why, next };
  const detail = error instanceof GatewayError ? error.detail : null;
  if (detail === null) return problem;
  if (!("problems" in detail)) return { ...problem, params: { ...detail } as Params };
  const errors = [...detail.problems];
  return { ...problem, params: { problemCount: errors.length }, errors };
}
