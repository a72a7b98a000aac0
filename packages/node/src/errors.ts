/**
 * Every code a {@link NodeError} can carry, with the type of its detail (`null`: none).
 * Each code has a line in docs/ERRORS.md.
 */
export interface NodeErrorDetails {
  /** The node cannot listen on an address of its configuration. */
  readonly NODE_LISTEN_FAILED: { readonly addresses: readonly string[] };
  /** A member's network key or address cannot be used. */
  readonly NODE_BAD_MEMBER: { readonly memberId: string; readonly reason: string };
  /** The proxy cannot be reached, or does not answer as one. */
  readonly NODE_PROXY_UNREACHABLE: { readonly host: string; readonly port: number };
  /** The proxy does not let this node connect to the member; `status` is its answer. */
  readonly NODE_PROXY_REFUSED: {
    readonly status: number;
    readonly host: string;
    readonly port: number;
  };
  /** The proxy could not connect to the member. */
  readonly NODE_PROXY_TARGET: {
    readonly status: number;
    readonly host: string;
    readonly port: number;
  };
  /** The listener of an invitation cannot be reached at any of its addresses. */
  readonly NODE_JOIN_UNREACHABLE: {
    readonly tried: readonly {
      readonly address: string;
      readonly reason: string;
      readonly text: string;
    }[];
  };
  /** The listener of an invitation refuses; `code` is its reason. */
  readonly NODE_JOIN_REFUSED: { readonly code: string };
  /** A conversation about joining broke off, or the other side does not keep its rules. */
  readonly NODE_JOIN_BROKEN: null;
  /** The member has no connection at the moment. */
  readonly NODE_NOT_CONNECTED: { readonly memberId: string };
  /** The connection was lost before the answer was complete. */
  readonly NODE_DISCONNECTED: { readonly memberId: string };
  /** As many requests to this member as allowed are under way. */
  readonly NODE_REQUESTS_FULL: { readonly memberId: string };
  readonly NODE_REQUEST_TIMEOUT: { readonly memberId: string; readonly timeoutMs: number };
  /** The caller's signal ended the request. */
  readonly NODE_REQUEST_ABORTED: { readonly memberId: string };
  /** The member declined; `code` is its reason. */
  readonly NODE_REQUEST_REFUSED: { readonly memberId: string; readonly code: string };
  readonly NODE_RESPONSE_TOO_LARGE: { readonly memberId: string; readonly bytesMax: number };
  /** A peer sent a frame longer than its type allows. */
  readonly NODE_PEER_FRAME_TOO_LARGE: { readonly type: number; readonly bytes: number };
  /** A peer sent a frame of an unknown type, or on the wrong stream. */
  readonly NODE_PEER_FRAME_UNKNOWN: { readonly type: number; readonly stream: string };
  /** A peer sent a frame whose body is not what its type says. */
  readonly NODE_PEER_FRAME_MALFORMED: { readonly type: number };
  /** A peer belongs to another network or era. */
  readonly NODE_PEER_MISMATCH: {
    readonly what: "network" | "era";
    readonly ours: string;
    readonly theirs: string;
  };
  /** A peer's program does not follow the version of the protocol that is in force. */
  readonly NODE_PEER_OUTDATED: { readonly inForce: number; readonly theirs: number };
  /** The members voted for a version of the protocol, from `height` on, that this program does not follow. */
  readonly NODE_OUTDATED: {
    readonly height: number;
    readonly inForce: number;
    readonly versionMax: number;
  };
  /** A peer answered what was not asked, or more than it was asked for. */
  readonly NODE_PEER_UNSOLICITED: { readonly requestId: number };
  /** A peer asked for more at a time than allowed, or reused a request id. */
  readonly NODE_PEER_REQUEST_INVALID: { readonly requestId: number };
  /** A peer asks for more and more and does not take the answers; `bytes` waited for it. */
  readonly NODE_PEER_STALLED: { readonly bytes: number };
  /** A peer passed on what no honest member passes on: wrongly signed, or not what it names (`reason`). */
  readonly NODE_PEER_FORGED: { readonly reason: string };
  /** Nothing answers on the node's socket. */
  readonly NODE_API_UNREACHABLE: { readonly socketPath: string };
  /** The node declined a call; `code` is its reason. */
  readonly NODE_API_REFUSED: { readonly operation: string; readonly code: string };
  /** A call on a client that was closed. */
  readonly NODE_API_CLOSED: null;
  /** The configuration file `path` cannot be used. */
  readonly NODE_CONFIG_INVALID: { readonly path: string; readonly reason: string };
  /** What lies in the home folder does not belong together. */
  readonly NODE_HOME_MISMATCH: {
    readonly what: "network name" | "company" | "network key" | "consensus key";
    readonly expected: string;
    readonly actual: string;
  };
  /** The certified block of this height gives other roots here: this node or the network is faulty. */
  readonly NODE_DIVERGED: {
    readonly height: number;
    readonly blockId: string;
    readonly reason: string;
  };
  /** Two commit certificates for one height: more members lie than the protocol can bear. */
  readonly NODE_TWO_DECISIONS: {
    readonly height: number;
    readonly ours: string;
    readonly theirs: string;
  };
  /** The chain has another block than the one of the invitation, or than the others confirmed. */
  readonly NODE_TRUSTED_BLOCK: {
    readonly height: number;
    readonly expected: string;
    readonly actual: string;
  };
  /** Too little room is left on the disk to go on safely. */
  readonly NODE_DISK_FULL: { readonly freeBytes: number; readonly neededBytes: number };
  /** The disk refused to keep the log or the signer guard; nothing more is signed. */
  readonly NODE_SYNC_FAILED: {
    readonly path: string;
    readonly operation: "open" | "create" | "read" | "write";
  };
  /** Another process signs with this node's consensus key; `height` where a message of it was heard. */
  readonly NODE_SIGN_STATE_SHARED: { readonly height: number | null };
  /** Not every other validator said what it holds of this node's messages; these did not. */
  readonly NODE_RECOVERY_SILENT: { readonly members: readonly string[] };
  /** The file of the signer guard is that of another network or key. */
  readonly NODE_GUARD_FOREIGN: { readonly path: string; readonly other: "network" | "key" };
  /** The consensus key has a signer guard already. */
  readonly NODE_GUARD_EXISTS: { readonly path: string };
}

/** The closed union of codes of failed operations in this package. */
export type NodeErrorCode = keyof NodeErrorDetails;

/** An operation on outside data or on the machine that failed; our own bugs are assertions instead. */
export class NodeError<Code extends NodeErrorCode = NodeErrorCode> extends Error {
  override readonly name = "NodeError";
  readonly code: Code;
  readonly detail: NodeErrorDetails[Code];

  constructor(code: Code, message: string, detail: NodeErrorDetails[Code], cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.detail = detail;
  }
}
