import type { z } from "zod";
import type { Token, TokenAnswer, TokensAnswer, tokenBody } from "./token-schemas.ts";

/** What people can ask about the tokens for machines of the plant. */
export interface TokensDesk {
  list(): Promise<TokensAnswer>;
  /** Durable when it answers; a dry run only looks whether it could be made. */
  create(body: z.output<typeof tokenBody>, dryRun: boolean): Promise<TokenAnswer>;
  /** Refused from now on; a dry run only looks whether there is one. */
  revoke(name: string, dryRun: boolean): Promise<Token>;
}
