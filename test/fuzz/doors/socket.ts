import { readRequest } from "../../../packages/node/src/api/request-shapes.ts";
import {
  type ApiOperation,
  apiOperations,
  decodeBody,
  encodeBody,
} from "../../../packages/node/src/api/wire.ts";
import { accepted, type Door, refused } from "../door.ts";
import { goldenList } from "../golden.ts";

const transaction = goldenList("ledger/transactions", "transactions", "bytes")[0] as Uint8Array;
const key = new Uint8Array(33).fill(2);

const requests: Readonly<Partial<Record<ApiOperation, unknown>>> = {
  submit: { transaction, payloads: [new Uint8Array(272)] },
  blocks: { height: 1, waitMs: 10, blocksMax: 10 },
  state: { keys: [key, key] },
  stateRange: { prefix: key, after: null, limit: 10 },
  setChanges: { heightFirst: 1, heightEnd: 9 },
  payload: { transactionId: "ab".repeat(32), part: 0 },
  refusals: { after: 0, waitMs: 10 },
  joinRequests: { after: 0, waitMs: 10 },
  joinAnswer: { number: 1, code: "refused" },
};

function isCbor(bytes: Uint8Array): boolean {
  try {
    decodeBody(bytes);
    return true;
  } catch {
    return false;
  }
}

/** What the own gateway, or another program of this user, writes to the node's socket. */
export const socketDoors: readonly Door[] = apiOperations
  .filter((operation) => requests[operation] !== undefined)
  .map((operation) => ({
    name: `socket.${operation}`,
    what: `requests ${operation} on the node's socket`,
    limit: "18 MiB before it is read; counts and sizes before they are used",
    form: "cbor",
    samples: [encodeBody(requests[operation])],
    isOuter: isCbor,
    read: (bytes) =>
      readRequest(operation, bytes) === null ? refused("NODE_API_REQUEST_INVALID") : accepted,
  }));
