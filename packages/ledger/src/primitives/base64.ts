import { base64Bytes, base64Text } from "#machine";

/** Bytes as base64 with padding, as in JSON. Source: RFC 4648 section 4. */
export function toBase64(bytes: Uint8Array): string {
  return base64Text(bytes);
}

/** Reads base64 with padding, or null for anything {@link toBase64} would not have written. */
export function fromBase64(text: string): Uint8Array | null {
  const bytes = base64Bytes(text);
  // Decoders skip what they do not know; the only accepted text is the one the encoder writes.
  return bytes !== null && base64Text(bytes) === text ? bytes : null;
}
