import { Encoder } from "cbor-x";

/** Content type of every body on the node's socket. */
export const apiContentType = "application/cbor";

/** Names of the operations; each is a POST to a path of the same name. */
export const apiOperations = [
  "status",
  "genesis",
  "submit",
  "blocks",
  "state",
  "stateRange",
  "setChanges",
  "payload",
  "refusals",
  "joinPrepare",
  "joinRequests",
  "joinAnswer",
  "readiness",
] as const;

/** One operation of the node's socket. */
export type ApiOperation = (typeof apiOperations)[number];

/** Largest request: a transaction with sixteen payloads of 1 MiB, and room for the rest. */
export const apiRequestBytesMax = 18 * 1_024 * 1_024;

/** A list of blocks ends before it grows beyond this, but never before its first block. */
export const apiBlocksBytesMax = 16 * 1_024 * 1_024;

/** What stands in the body of an answer that is no success. */
export interface ApiFailure {
  readonly code: string;
  readonly message: string;
}

/** Byte strings are plain CBOR byte strings and come back as copies of their own. */
const cbor = new Encoder({ useRecords: false, tagUint8Array: false, copyBuffers: true });

/** Body of a request or an answer; local only, so it need not be canonical. */
export function encodeBody(value: unknown): Uint8Array {
  return cbor.encode(value);
}

/** Reads a body; throws whatever the decoder throws for bytes that are no CBOR. */
export function decodeBody(bytes: Uint8Array): unknown {
  // Byte strings are cut from the input and are of its kind: plain bytes, never a Buffer.
  return cbor.decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
