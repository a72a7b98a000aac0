import type { z } from "zod";
import type { PlantFacts, Token, TokenAnswer, tokenBody } from "../api/token-schemas.ts";
import type { TokensDesk } from "../api/tokens-desk.ts";
import { GatewayError } from "../errors.ts";
import type { Streams } from "../streams.ts";
import type { Plant } from "./plant.ts";
import type { PlantToken } from "./tokens.ts";

/** What the clerk of the tokens works with. */
export interface ClerkParts {
  readonly plant: Plant;
  readonly streams: Streams;
}

/** Where machines of the plant reach this gateway; null: nowhere. */
export function plantFacts({ opening, tokens }: Plant): PlantFacts | null {
  return opening === null ? null : { ...opening, tokens: tokens.liveCount };
}

/** The desk for tokens of machines of the plant. */
export function tokensDesk({ plant, streams }: ClerkParts): TokensDesk {
  const { tokens } = plant;
  const shown = (token: PlantToken): Token => {
    const { name, createdMs, untilMs, usedMs } = token;
    const stream = streams.label(token.stream);
    return { name, stream, createdMs, untilMs, usedMs, isExpired: !tokens.isLive(token) };
  };
  return {
    list: async () => ({ items: tokens.all().map(shown), plant: plantFacts(plant) }),
    create: async (body, dryRun) => create({ plant, streams }, shown, body, dryRun),
    revoke: async (name, dryRun) => shown(dryRun ? tokens.get(name) : await tokens.revoke(name)),
  };
}

/** @throws GATEWAY_STREAM_UNKNOWN, GATEWAY_NOT_OWNER, GATEWAY_PLANT_TOKEN_EXISTS, GATEWAY_PLANT_TOKENS_FULL */
async function create(
  { plant, streams }: ClerkParts,
  shown: (token: PlantToken) => Token,
  { name, stream, untilMs }: z.output<typeof tokenBody>,
  dryRun: boolean,
): Promise<TokenAnswer> {
  const { id } = await streams.resolveOwn(stream);
  if (streams.describe(id).kind === "documents") {
    const reason = "a machine hands in rows, and this stream holds documents";
    throw new GatewayError("GATEWAY_SCHEMA_INVALID", { reason });
  }
  const asked = { name, stream: id, untilMs };
  const { token, text } = dryRun
    ? { token: plant.tokens.plan(asked), text: null }
    : await plant.tokens.create(asked);
  return { token: text, item: shown(token), plant: plantFacts(plant) };
}
