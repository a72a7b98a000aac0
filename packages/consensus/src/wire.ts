import { fromBytes, toBytes } from "@tegata/ledger/primitives";
import {
  answerShape,
  commitShape,
  type Message,
  polkaShape,
  proposalShape,
  questionShape,
  roundCertificateShape,
  statusShape,
  voteShape,
} from "./messages.ts";

/** Frame types of consensus messages. Source: docs/PROTOCOL.md, Network. */
export const frameTypes: { readonly [Kind in Message["kind"]]: number } = Object.freeze({
  proposal: 10,
  vote: 11,
  commit: 12,
  polka: 13,
  round: 14,
  status: 15,
  question: 17,
  answer: 18,
});

/**
 * Canonical body of a message; its kind is the type of the frame that carries it.
 * @throws LEDGER_BAD_SHAPE
 */
export function encodeMessage(message: Message): Uint8Array {
  switch (message.kind) {
    case "proposal":
      return toBytes(proposalShape, message.proposal);
    case "vote":
      return toBytes(voteShape, message.vote);
    case "commit":
      return toBytes(commitShape, message.certificate);
    case "polka":
      return toBytes(polkaShape, message.certificate);
    case "round":
      return toBytes(roundCertificateShape, message.certificate);
    case "status":
      return toBytes(statusShape, message.status);
    case "question":
      return toBytes(questionShape, message.question);
    case "answer":
      return toBytes(answerShape, message.answer);
  }
}

/**
 * Reads the body of a frame of this kind; its size was bounded before.
 * @throws LEDGER_BAD_SHAPE, LEDGER_NOT_CANONICAL
 */
export function decodeMessage(kind: Message["kind"], bytes: Uint8Array): Message {
  switch (kind) {
    case "proposal":
      return { kind, proposal: fromBytes(proposalShape, bytes) };
    case "vote":
      return { kind, vote: fromBytes(voteShape, bytes) };
    case "commit":
      return { kind, certificate: fromBytes(commitShape, bytes) };
    case "polka":
      return { kind, certificate: fromBytes(polkaShape, bytes) };
    case "round":
      return { kind, certificate: fromBytes(roundCertificateShape, bytes) };
    case "status":
      return { kind, status: fromBytes(statusShape, bytes) };
    case "question":
      return { kind, question: fromBytes(questionShape, bytes) };
    case "answer":
      return { kind, answer: fromBytes(answerShape, bytes) };
  }
}
