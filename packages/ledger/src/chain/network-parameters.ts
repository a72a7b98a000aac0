import { type Infer, record, type Shape, uint } from "../primitives/shape.ts";
import { where, word } from "./wire-shapes.ts";

const dayMs = 86_400_000;

function durationMs(): Shape<number> {
  return where(uint(dayMs), "milliseconds from 1 to a day", (duration) => duration >= 1);
}

/** How many of those who have a say have to agree to a request. */
export const admissionShape = word({ majority: 0, "two-thirds": 1, all: 2 });
/** Which share of the votes a request needs. */
export type AdmissionRule = Infer<typeof admissionShape>;

/** What the founders of a network agree on beside its members. Source: docs/PROTOCOL.md, Genesis. */
export const parametersShape = record({
  /** An empty block is made after this time without a block. */
  heartbeatMs: durationMs(),
  timeoutProposeMs: durationMs(),
  timeoutVoteMs: durationMs(),
  /** What every further round adds. */
  timeoutStepMs: durationMs(),
  timeoutCapMs: durationMs(),
  /** Payload bytes a member may publish in a day of block time. */
  memberDayPayloadBytesMax: uint(),
  /** Payload bytes of a member that the network keeps at a time. */
  memberRetainedPayloadBytesMax: uint(),
  /** Votes that a request of the members needs, admissions among them. */
  admission: admissionShape,
});

/** What the founders of a network agree on. */
export type NetworkParameters = Infer<typeof parametersShape>;

/** Parameters for a network of companies. */
export const defaultParameters: NetworkParameters = Object.freeze({
  heartbeatMs: 60_000,
  timeoutProposeMs: 500,
  timeoutVoteMs: 250,
  timeoutStepMs: 250,
  timeoutCapMs: 10_000,
  memberDayPayloadBytesMax: 64 * 2 ** 30,
  memberRetainedPayloadBytesMax: 2 ** 40,
  admission: "two-thirds",
});
