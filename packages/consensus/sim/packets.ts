import type { BlockId } from "@tegata/ledger/primitives";
import {
  type CommitCertificate,
  decodeMessage,
  type Evidence,
  encodeMessage,
  type Message,
} from "../src/index.ts";
import { messageMark, textMark } from "./trace.ts";

/** What goes from member to member; blocks travel beside the messages. */
export type Packet =
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "body"; readonly blockId: BlockId }
  | { readonly type: "wantBody"; readonly blockId: BlockId }
  | { readonly type: "wantHeight"; readonly height: number }
  | { readonly type: "height"; readonly certificate: CommitCertificate }
  | { readonly type: "transaction"; readonly transaction: number }
  | { readonly type: "evidence"; readonly evidence: Evidence };

/** The name of a packet for withholding and for the timeline. */
export function nameOf(packet: Packet): string {
  if (packet.type !== "message") return packet.type;
  const { message } = packet;
  return message.kind === "vote" ? message.vote.type : message.kind;
}

/** A number for what a packet says; a block goes by its id, evidence by its key and its two blocks. */
export function packetMark(packet: Packet): number {
  switch (packet.type) {
    case "message":
      return messageMark(packet.message);
    case "body":
      return textMark(packet.blockId) ^ 0x10;
    case "wantBody":
      return textMark(packet.blockId) ^ 0x20;
    case "wantHeight":
      return (packet.height << 8) ^ 0x30;
    case "height":
      return messageMark({ kind: "commit", certificate: packet.certificate }) ^ 0x40;
    case "transaction":
      return (packet.transaction << 8) ^ 0x50;
    case "evidence": {
      const { key, first, second } = packet.evidence;
      return textMark(key) ^ textMark(first.blockId) ^ (textMark(second.blockId) >>> 3) ^ 0x60;
    }
  }
}

/** The packet as it is after its message passed through its bytes. */
export function reencoded(packet: Packet): Packet {
  if (packet.type !== "message") return packet;
  const { kind } = packet.message;
  return { type: "message", message: decodeMessage(kind, encodeMessage(packet.message)) };
}
