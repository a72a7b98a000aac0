// What the API says about who the members are and what they decide together.
import { z } from "zod";
import { companySchema } from "./schemas.ts";

const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const hex16 = z.string().regex(/^[0-9a-f]{32}$/);
const timeMs = z.int().min(0).max(8_640_000_000_000_000);
/** Handle, name or id of a company. */
const companyText = z.string().min(1).max(256);
const base64 = z.base64().max(8_192);
const address = z.string().min(1).max(128);

const hourMs = 3_600_000;

/** How far a change of the membership has come; null: nothing was sent. */
export const saidSchema = z.object({
  submission: hex16.nullable(),
  state: z.enum(["dry-run", "waiting", "committed"]),
  height: z.int().nullable(),
});

export const applicantSchema = companySchema.extend({ addresses: z.array(z.string()) });

export const requestSchema = z.object({
  request: z.int(),
  /** What a vote names: changed content has another hash. */
  hash: hex32,
  action: z.enum([
    "admit",
    "remove",
    "suspend",
    "readmit",
    "replace-root",
    "parameters",
    "protocol-version",
  ]),
  /** The company that applies, or the member it is about; null where it is about none. */
  about: applicantSchema.nullable(),
  detail: z.record(z.string(), z.union([z.string(), z.number()])),
  /** Who opened it; of an application: who invited. */
  proposer: companySchema,
  height: z.int(),
  expiresMs: timeMs,
  state: z.enum(["open", "expired"]),
  yes: z.int(),
  no: z.int(),
  needed: z.int(),
  /** How many have a say now. */
  electorate: z.int(),
  votes: z.array(z.object({ company: companySchema, approve: z.boolean() })),
  /** This company's vote; null: none yet. */
  mine: z.boolean().nullable(),
  mayVote: z.boolean(),
  waitsForMe: z.boolean(),
  /** Places of eight words in the BIP 39 English list, which people compare by voice. */
  words: z.array(z.int().min(0).max(2_047)),
});

export const invitationSchema = z.object({
  company: z.string(),
  invitationKey: hex32,
  by: companySchema,
  expiresMs: timeMs,
  state: z.enum(["open", "expired"]),
});

export const agendaAnswer = z.object({
  requests: z.array(requestSchema),
  invitations: z.array(invitationSchema),
});

export const inviteBody = z.strictObject({
  /** Name of the company that is meant; it names itself in its card. */
  company: z.string().min(1).max(64),
  ttlMs: z
    .int()
    .min(60_000)
    .max(30 * 24 * hourMs)
    .default(72 * hourMs),
});
export type InviteBody = z.input<typeof inviteBody>;
export const inviteAnswer = saidSchema.extend({
  company: z.string(),
  /** Whether a member has this name: then the invitation is for one that lost its keys. */
  recovers: z.boolean(),
  expiresMs: timeMs,
  /** What the invited company gets, once and nowhere else; null for a dry run. */
  token: z.string().nullable(),
});

export const voteBody = z.strictObject({
  request: z.int().min(1),
  hash: hex32,
  approve: z.boolean(),
  reason: z.string().max(400).default(""),
});
export type VoteBody = z.input<typeof voteBody>;
export const voteAnswer = saidSchema.extend({
  /** The request as it stands after the vote; null once it is decided. */
  request: requestSchema.nullable(),
});

export const proposalBody = z.discriminatedUnion("action", [
  z.strictObject({ action: z.enum(["remove", "suspend", "readmit"]), company: companyText }),
  z.strictObject({
    action: z.literal("replace-root"),
    company: companyText,
    rootKey: hex32,
    recoveryKey: base64,
    possession: base64,
  }),
]);
export type ProposalBody = z.input<typeof proposalBody>;
export const proposalAnswer = saidSchema.extend({ request: requestSchema.nullable() });

export const addressesBody = z.strictObject({ addresses: z.array(address).max(4) });
export type AddressesBody = z.input<typeof addressesBody>;

export const rotationBody = z.strictObject({
  /** Handle, name or id of the member whose key it is; null: this company. */
  company: companyText.nullable().default(null),
  role: z.enum(["network", "consensus", "transaction", "encryption"]),
  version: z.int().min(2),
  key: base64,
  seal: base64.default(""),
  possession: base64.default(""),
  rootSignature: base64.nullable().default(null),
  isCompromised: z.boolean().default(false),
});
export type RotationBody = z.input<typeof rotationBody>;

/** What this company does for itself and needs no body. */
export const partingSchema = z.enum(["leave", "stand-down"]);
export const partingParams = z.object({ what: partingSchema });
export type Parting = z.infer<typeof partingSchema>;

/** Where this company stands on the way to a vote and from it, at the height after the node's head. */
export const seatSchema = z.object({
  /** `entering`: it has a vote as soon as the ledger takes the change; `following`: a member without one. */
  state: z.enum(["voting", "entering", "following", "left"]),
  /** What it asked for and is not in force yet: until then its node is needed. */
  parting: partingSchema.nullable(),
  admission: z.int(),
  /** Height of the head. */
  height: z.int(),
});
export type Seat = z.infer<typeof seatSchema>;

export const standUpAnswer = saidSchema.extend({
  seat: seatSchema,
  /** `new-key`: the current consensus key has voted before and never does again; `not-ready`: the node follows yet. */
  step: z.enum(["has-vote", "entering", "parting", "new-key", "not-ready", "ready", "said"]),
});
export type StandUpAnswer = z.infer<typeof standUpAnswer>;

export type Said = z.infer<typeof saidSchema>;
export type Applicant = z.infer<typeof applicantSchema>;
export type MemberRequest = z.infer<typeof requestSchema>;
export type Invitation = z.infer<typeof invitationSchema>;
export type Agenda = z.infer<typeof agendaAnswer>;
export type InviteAnswer = z.infer<typeof inviteAnswer>;
export type VoteAnswer = z.infer<typeof voteAnswer>;
export type ProposalAnswer = z.infer<typeof proposalAnswer>;
