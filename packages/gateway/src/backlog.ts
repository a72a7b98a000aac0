import type { Row, SchemaField } from "@tegata/ledger/chain";
import { decode, type StreamId } from "@tegata/ledger/primitives";
import type { z } from "zod";
import type { OutboxDesk } from "./api/outbox-desk.ts";
import type { OutboxItem, OutboxPage, OutboxRows, outboxQuery } from "./api/outbox-schemas.ts";
import type { JsonCell, Submission } from "./api/schemas.ts";
import { toJsonCell } from "./cells.ts";
import type { Clock } from "./clock.ts";
import { GatewayError } from "./errors.ts";
import type { Intake } from "./intake.ts";
import type { Keyring } from "./keyring.ts";
import type { Dispatch } from "./outbox/dispatch.ts";
import type { EntryHead } from "./outbox/entry.ts";
import type { Outbox } from "./outbox/outbox.ts";
import type { RefusedHead } from "./outbox/refused.ts";
import { rowsLimits } from "./outbox/seal.ts";
import { fieldsOf, type Streams } from "./streams.ts";

/** What the backlog is read from. */
export interface BacklogParts {
  readonly outbox: Outbox;
  readonly dispatch: Dispatch;
  readonly keyring: Keyring;
  readonly streams: Streams;
  readonly intake: Intake;
  readonly clock: Clock;
}

type State = OutboxItem["state"];
type Asked = z.output<typeof outboxQuery>;

/** Place of an entry in the order in which people see it. */
interface Place {
  readonly state: State;
  readonly number: number;
}

const states: readonly State[] = ["refused", "waiting"];
const cursorText = /^(refused|waiting)-(\d{1,15})$/;

/** Acknowledged rows that are not on the ledger: what waits, and what was refused and is kept. */
export class Backlog implements OutboxDesk {
  readonly #parts: BacklogParts;

  constructor(parts: BacklogParts) {
    this.#parts = parts;
  }

  /** One item a submission and state. @throws GATEWAY_CURSOR_INVALID */
  async list({ limit, cursor }: Asked): Promise<OutboxPage> {
    const after = placeOf(cursor);
    const items: OutboxItem[] = [];
    let last: Place | null = null;
    const codes = this.#parkedCodes();
    for (const state of states) {
      const groups = Map.groupBy(this.#heads(state), ({ submission }) => submission);
      for (const heads of groups.values()) {
        const [first] = heads;
        if (first === undefined || !isBehind({ state, number: first.number }, after)) continue;
        if (items.length === limit && last !== null) return { items, nextCursor: cursorOf(last) };
        last = { state, number: first.number };
        items.push(this.#item(state, first, heads, codes));
      }
    }
    return { items, nextCursor: null };
  }

  /** Whole batches until `limit` rows are reached. @throws GATEWAY_CURSOR_INVALID, GATEWAY_SUBMISSION_UNKNOWN */
  async rows(submission: string, { limit, cursor }: Asked): Promise<OutboxRows> {
    const { outbox, keyring, intake } = this.#parts;
    intake.answer(submission, false);
    const after = placeOf(cursor);
    const items: OutboxRows["items"] = [];
    let fields: OutboxRows["fields"] = [];
    let last: Place | null = null;
    for (const state of states) {
      const heads = this.#heads(state).filter((head) => head.submission === submission);
      for (const { number, lane } of heads) {
        if (!isBehind({ state, number }, after)) continue;
        if (items.length >= limit && last !== null) {
          return { fields, items, nextCursor: cursorOf(last) };
        }
        last = { state, number };
        const schema = keyring.schema(lane)?.schema ?? null;
        if (schema !== null) fields = fieldsOf(schema);
        const content =
          state === "refused" ? outbox.refused.content(number) : outbox.content(number);
        if (content.kind !== "rows") continue;
        for (const row of decode(content.rows, rowsLimits) as readonly Row[]) {
          const [timeMs, ...cells] = row;
          items.push({ state, timeMs: timeMs as number, cells: jsonCells(schema?.fields, cells) });
        }
      }
    }
    return { fields, items, nextCursor: null };
  }

  /** @throws GATEWAY_NOTHING_REFUSED, GATEWAY_SUBMISSION_UNKNOWN */
  async retry(submission: string): Promise<Submission> {
    const { outbox, dispatch, intake } = this.#parts;
    intake.answer(submission, false);
    await outbox.retry(submission, (heads) => dispatch.offer(heads));
    return intake.answer(submission, false);
  }

  /** @throws GATEWAY_NOTHING_REFUSED, GATEWAY_SUBMISSION_UNKNOWN */
  async discard(submission: string): Promise<number> {
    const { outbox, intake, clock } = this.#parts;
    intake.answer(submission, false);
    return outbox.discard(submission, clock.nowMs());
  }

  #heads(state: State): readonly (EntryHead | RefusedHead)[] {
    const { outbox } = this.#parts;
    const heads = state === "refused" ? outbox.refused.heads() : outbox.heads();
    return [...heads].filter(({ kind }) => kind === "rows").sort((a, b) => a.number - b.number);
  }

  #item(
    state: State,
    { submission, lane, acknowledgedMs, ...first }: EntryHead | RefusedHead,
    heads: readonly EntryHead[],
    codes: ReadonlyMap<StreamId, string>,
  ): OutboxItem {
    const rows = heads.reduce((sum, { rowCount }) => sum + rowCount, 0);
    const refusal = "refusal" in first ? first.refusal : null;
    return {
      ...{ submission, state, stream: this.#parts.streams.label(lane), rows, acknowledgedMs },
      code: refusal?.code ?? codes.get(lane) ?? null,
      detail: refusal?.detail ?? null,
    };
  }

  #parkedCodes(): ReadonlyMap<StreamId, string> {
    const { parked } = this.#parts.dispatch.counts();
    return new Map(parked.map(({ stream, code }) => [stream, code]));
  }
}

/** Cells by the names of their fields, or by their places where the schema is not known here any more. */
function jsonCells(
  fields: readonly SchemaField[] | undefined,
  cells: readonly unknown[],
): Record<string, JsonCell> {
  const named: Record<string, JsonCell> = Object.create(null) as Record<string, JsonCell>;
  for (const [index, cell] of cells.entries()) {
    const json = toJsonCell(cell as Row[number]);
    if (json !== undefined) named[fields?.[index]?.name ?? `${index + 1}`] = json;
  }
  return named;
}

function cursorOf({ state, number }: Place): string {
  return `${state}-${number}`;
}

function placeOf(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null;
  const [, state, number] = cursorText.exec(cursor) ?? [];
  if (state === undefined) throw new GatewayError("GATEWAY_CURSOR_INVALID", null);
  return { state: state as State, number: Number(number) };
}

function isBehind(place: Place, after: Place | null): boolean {
  if (after === null) return true;
  if (place.state !== after.state) return place.state === "waiting";
  return place.number > after.number;
}
