import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { GatewayError } from "../errors.ts";
import type { Intake } from "../intake.ts";
import { gatewayLimits } from "../limits.ts";
import type { Schemas } from "../schemas.ts";
import type { Streams } from "../streams.ts";
import { Turns } from "../turns.ts";
import type { CertificateFacts } from "./certificate.ts";
import { rowsOfJson } from "./rows-of-json.ts";
import {
  formsKnown,
  type PlantForm,
  type TableReader,
  type TableReading,
  type TableRefusal,
} from "./table.ts";
import type { PlantToken, PlantTokens } from "./tokens.ts";

/** What taking rows from the plant needs. */
export interface PlantParts {
  readonly tokens: PlantTokens;
  readonly streams: Streams;
  readonly schemas: Schemas;
  readonly intake: Intake;
  readonly clock: Clock;
}

/** Where machines of the plant reach the gateway. */
export interface PlantOpening {
  /** `https://HOST:PORT`, with the real port. */
  readonly url: string;
  readonly certificate: CertificateFacts;
}

/** A file of rows as it came. */
export interface Delivery {
  readonly form: PlantForm;
  /** Tells a repetition. */
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** What becomes of a delivery. */
export type DeliveryAnswer =
  | {
      readonly type: "safe";
      readonly rows: number;
      /** Whether they were taken before. */
      readonly replayed: boolean;
      /** Under which the company finds them in its outbox; null: there was no row. */
      readonly submission: string | null;
    }
  | ({ readonly type: "refused" } & TableRefusal);

const largeTurn = "table";

/** What machines of the plant may do: hand in rows of the one stream that their token names. */
export class Plant {
  readonly tokens: PlantTokens;
  /** Null while nobody listens for them. */
  opening: PlantOpening | null = null;
  readonly #parts: PlantParts;
  /** Tables are read one after the other: each may take as much memory as is meant for all. */
  readonly #turns = new Turns();

  constructor(parts: PlantParts) {
    this.#parts = parts;
    this.tokens = parts.tokens;
  }

  /** Whether a token is for the stream that a path names, by name or id. */
  isFor({ stream }: PlantToken, asked: string): boolean {
    return asked === stream || asked.normalize("NFC") === this.#parts.streams.label(stream);
  }

  /**
   * Takes all rows of a delivery or none; those it takes are durable when it resolves.
   * @throws GATEWAY_PLANT_TOKEN, GATEWAY_FORM_UNKNOWN, GATEWAY_ROWS_TOO_MANY, and what {@link Intake.submitOnce}
   * throws
   */
  async submit(
    token: PlantToken,
    delivery: Delivery,
    reader: TableReader | null,
  ): Promise<DeliveryAnswer> {
    const { streams, intake } = this.#parts;
    const { key, bytes } = delivery;
    const bodyHash = Uint8Array.from(createHash("sha256").update(bytes).digest());
    const own = await streams.resolveOwn(token.stream);
    return this.#turns.take(largeTurn, async () => {
      // It may have been taken back while the rows were on their way.
      if (!this.tokens.holds(token)) throw new GatewayError("GATEWAY_PLANT_TOKEN", null);
      let refusal: TableRefusal | null = null;
      const taken = await intake.submitOnce(own, { key: `plant:${key}`, bodyHash }, async () => {
        const reading = await this.#read(token, delivery, reader);
        if (reading.ok) return reading.rows;
        refusal = reading;
        return [];
      });
      this.tokens.noteUse(token);
      if (refusal !== null) return { type: "refused", ...(refusal as TableRefusal) };
      if (taken === null) return { type: "safe", rows: 0, replayed: false, submission: null };
      const { rows, replayed, submission } = taken;
      return { type: "safe", rows, replayed, submission };
    });
  }

  async #read(
    { stream }: PlantToken,
    { form, bytes }: Delivery,
    reader: TableReader | null,
  ): Promise<TableReading> {
    if (form.type === "json") return { ok: true, rows: rowsOfJson(bytes) };
    if (reader === null) throw new GatewayError("GATEWAY_FORM_UNKNOWN", { known: formsKnown });
    const { streams, schemas, clock } = this.#parts;
    await schemas.open(stream);
    const { plantRowsMax: rowsMax } = gatewayLimits;
    const described = streams.describe(stream);
    const table = { ...form, bytes, stream: described, nowMs: clock.nowMs(), rowsMax };
    const reading = await reader.read(table);
    if (!reading.ok || reading.rows.length <= rowsMax) return reading;
    throw new GatewayError("GATEWAY_ROWS_TOO_MANY", { rowsMax });
  }
}
