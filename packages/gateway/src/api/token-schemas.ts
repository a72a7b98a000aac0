// Tokens for machines of the plant, as people ask for them.
import { z } from "zod";

/** Which machine a token is for. */
const tokenName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\p{C}]+$/u);

export const tokenSchema = z.object({
  name: z.string(),
  /** Name of the stream it is for. */
  stream: z.string(),
  createdMs: z.int(),
  /** null: it holds until it is taken back. */
  untilMs: z.int().nullable(),
  /** About when it was used last. */
  usedMs: z.int().nullable(),
  isExpired: z.boolean(),
});

/** Where machines of the plant reach this gateway, and how they know it. */
export const plantSchema = z.object({
  url: z.string(),
  certificate: z.object({
    path: z.string(),
    /** SHA-256 of the certificate, in pairs of hexadecimal digits. */
    fingerprint: z.string(),
    validUntilMs: z.int(),
  }),
  /** Tokens that are taken now. */
  tokens: z.int(),
});

export const tokenBody = z.strictObject({
  name: tokenName,
  stream: z.string().min(1).max(256),
  untilMs: z.int().min(0).max(8_640_000_000_000_000).nullable().default(null),
});
export const tokenParams = z.object({ name: z.string().min(1).max(256) });

/** `token` is told here and never again; null in a dry run. */
export const tokenAnswer = z.object({
  token: z.string().nullable(),
  item: tokenSchema,
  plant: plantSchema.nullable(),
});
export const tokensAnswer = z.object({
  items: z.array(tokenSchema),
  plant: plantSchema.nullable(),
});

export type Token = z.infer<typeof tokenSchema>;
export type TokenBody = z.input<typeof tokenBody>;
export type TokenAnswer = z.infer<typeof tokenAnswer>;
export type TokensAnswer = z.infer<typeof tokensAnswer>;
export type PlantFacts = z.infer<typeof plantSchema>;
