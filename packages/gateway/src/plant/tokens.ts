import { createHash, timingSafeEqual } from "node:crypto";
import type { StreamId } from "@tegata/ledger/primitives";
import { drawBytes } from "@tegata/ledger/vault";
import type { Clock } from "../clock.ts";
import { GatewayError } from "../errors.ts";
import { gatewayLimits } from "../limits.ts";
import { nearest } from "../names.ts";
import { sealedKey } from "../store/sealed-key.ts";
import type { SealedStore } from "../store/sealed-store.ts";
import { outboxTable as table } from "../store/tables.ts";

/** Leave to hand in rows of one stream; the token itself is kept nowhere. */
export interface PlantToken {
  /** Which machine it is for. */
  readonly name: string;
  readonly stream: StreamId;
  /** SHA-256 of the token's text. */
  readonly hash: Uint8Array;
  readonly createdMs: number;
  /** From when on it is refused; null: it holds until it is taken back. */
  readonly untilMs: number | null;
  /** About when it was used last; null: never. */
  readonly usedMs: number | null;
}

const prefix = "tgp_";
const form = /^tgp_[A-Za-z0-9_-]{43}$/;

function hashOf(token: string): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(token, "utf8").digest());
}

/** The tokens of a gateway. What is changed is on the disk when it is answered. */
export class PlantTokens {
  readonly #store: SealedStore;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, PlantToken>();

  private constructor(store: SealedStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  static async open(store: SealedStore, clock: Clock): Promise<PlantTokens> {
    const tokens = new PlantTokens(store, clock);
    for await (const { value } of store.prefix(sealedKey(table.token))) {
      const token = value as PlantToken;
      tokens.#tokens.set(token.name, token);
    }
    return tokens;
  }

  /** All tokens by name. */
  all(): readonly PlantToken[] {
    return [...this.#tokens.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** How many are taken now. */
  get liveCount(): number {
    return [...this.#tokens.values()].filter((token) => this.isLive(token)).length;
  }

  /**
   * A token as it would be made, of no text at all.
   * @throws GATEWAY_PLANT_TOKEN_EXISTS, GATEWAY_PLANT_TOKENS_FULL
   */
  plan(asked: Pick<PlantToken, "name" | "stream" | "untilMs">): PlantToken {
    const name = asked.name.normalize("NFC");
    if (this.#tokens.has(name)) throw new GatewayError("GATEWAY_PLANT_TOKEN_EXISTS", { name });
    const { plantTokensMax: most } = gatewayLimits;
    if (this.#tokens.size >= most) throw new GatewayError("GATEWAY_PLANT_TOKENS_FULL", { most });
    const { stream, untilMs } = asked;
    const createdMs = this.#clock.nowMs();
    return { name, stream, hash: new Uint8Array(), createdMs, untilMs, usedMs: null };
  }

  /** A new token; its text is told here and never again. @throws as {@link plan} */
  async create(
    asked: Parameters<PlantTokens["plan"]>[0],
  ): Promise<{ readonly text: string; readonly token: PlantToken }> {
    const planned = this.plan(asked);
    const text = `${prefix}${Buffer.from(drawBytes(32)).toString("base64url")}`;
    const token = { ...planned, hash: hashOf(text) };
    const { name } = token;
    this.#tokens.set(name, token);
    try {
      await this.#store.write([{ type: "put", key: this.#key(name), value: token }]);
    } catch (error) {
      this.#tokens.delete(name);
      throw error;
    }
    return { text, token };
  }

  /** @throws GATEWAY_PLANT_TOKEN_UNKNOWN */
  get(asked: string): PlantToken {
    const name = asked.normalize("NFC");
    const token = this.#tokens.get(name);
    if (token !== undefined) return token;
    const suggestion = nearest(name, this.#tokens.keys());
    throw new GatewayError("GATEWAY_PLANT_TOKEN_UNKNOWN", { name, suggestion });
  }

  /** Refused from this call on. @throws GATEWAY_PLANT_TOKEN_UNKNOWN */
  async revoke(asked: string): Promise<PlantToken> {
    const token = this.get(asked);
    const { name } = token;
    this.#tokens.delete(name);
    await this.#store.write([{ type: "delete", key: this.#key(name) }]);
    return token;
  }

  /** The token of this text; null for every text that is none which holds now. */
  find(text: string): PlantToken | null {
    if (!form.test(text)) return null;
    const given = hashOf(text);
    let found: PlantToken | null = null;
    // All are looked at, so that the time tells nothing of which is near.
    for (const token of this.#tokens.values()) {
      if (timingSafeEqual(given, token.hash)) found = token;
    }
    return found !== null && this.isLive(found) ? found : null;
  }

  /** Whether a token that was found still holds. */
  holds({ name, hash }: PlantToken): boolean {
    const token = this.#tokens.get(name);
    return token !== undefined && timingSafeEqual(token.hash, hash) && this.isLive(token);
  }

  /** Notes that a token was used; about when is enough. */
  noteUse({ name }: PlantToken): void {
    const token = this.#tokens.get(name);
    const usedMs = this.#clock.nowMs();
    if (token === undefined) return;
    if (token.usedMs !== null && Math.abs(usedMs - token.usedMs) < gatewayLimits.plantUsedMs)
      return;
    const used = { ...token, usedMs };
    this.#tokens.set(name, used);
    const written = this.#store.write([{ type: "put", key: this.#key(name), value: used }]);
    // The rows themselves were just written: a disk that refuses this much tells it there.
    written.catch(() => undefined);
  }

  /** Whether it has not run out. */
  isLive({ untilMs }: PlantToken): boolean {
    return untilMs === null || this.#clock.nowMs() < untilMs;
  }

  #key(name: string): Uint8Array {
    return sealedKey(table.token, this.#store.hide("token", name));
  }
}
