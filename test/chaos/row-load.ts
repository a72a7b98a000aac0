import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { GatewayError } from "@tegata/gateway";
import {
  createGatewayClient,
  type GatewayClient,
  type RecordsPage,
  type RecordsQuery,
  type SubmitRowsBody,
} from "@tegata/gateway/client";
import type { Company } from "../helpers/company.ts";
import { until } from "../helpers/waiting.ts";

const retryMs = 200;
const commitWaitMs = 1_000;
/** A gateway lets nobody wait longer. */
const waitMsMax = 60_000;
const askedAtOnce = 16;
const monthMs = 30 * 86_400_000;

/** How quick a company hands in rows. */
export interface Pace {
  /** Hands at work at a time; each hands in one submission after the other. */
  readonly hands: number;
  /** Rows of one submission. */
  readonly rows: number;
  /** Between an acknowledgement and the next submission of the same hand. */
  readonly pauseMs: number;
}

/** About ten rows a second. */
export const steadyPace: Pace = { hands: 1, rows: 5, pauseMs: 400 };

/** How a load goes, and who hears of it. */
export interface LoadOptions {
  readonly pace: Pace;
  /** Called in the turn in which an acknowledgement arrives; gives its number. */
  readonly note: (load: RowLoad) => number;
}

/** What a company read of a stream, against what was acknowledged. */
export interface Account {
  readonly acknowledged: number;
  /** Acknowledged rows that were read, each cell and the time as they were handed in. */
  readonly readable: number;
  readonly lost: number;
  /** Read once more, or never acknowledged although everything handed in was. */
  readonly doubled: number;
  /** Read before an earlier one of the same hand. */
  readonly misplaced: number;
  /** The first acknowledgement of which a row was not read; null when all were. */
  readonly firstLost: number | null;
}

type Row = SubmitRowsBody["rows"][number];

interface Submission {
  readonly key: string;
  readonly body: SubmitRowsBody;
}

interface Acknowledged {
  readonly number: number;
  readonly submission: string;
  readonly rows: readonly Row[];
  /** Block that holds the last of it; null until somebody asked. */
  height: number | null;
}

/** A row as text, to find what was handed in among what was read. */
function contentOf(timeMs: number, cells: Readonly<Record<string, unknown>>): string {
  return [timeMs, cells.hand, cells.stroke, cells.mark].join(" ");
}

/**
 * Rows that a company hands in at a steady pace, whatever happens to it: what was not answered is handed
 * in again under its key until it is acknowledged, and only what was acknowledged counts.
 */
export class RowLoad {
  readonly company: Company;
  readonly stream: string;
  readonly #options: LoadOptions;
  readonly #acknowledged: Acknowledged[] = [];
  readonly #running: Promise<unknown>;
  #isOver = false;
  #isDone = false;
  #isAbandoned = false;
  /** Codes with which its gateway refused rows, and how often. */
  readonly refusals = new Map<string, number>();

  private constructor(company: Company, stream: string, options: LoadOptions) {
    this.company = company;
    this.stream = stream;
    this.#options = options;
    const hands = Array.from({ length: options.pace.hands }, (_, hand) => this.#run(hand));
    this.#running = Promise.all(hands).finally(() => {
      this.#isDone = true;
    });
    this.#running.catch(() => undefined);
  }

  /** Begins at a company, with a stream that another may read whole. */
  static async begin(company: Company, reader: Company, options: LoadOptions): Promise<RowLoad> {
    const field = (name: string, type: "integer" | "text") => {
      return { name, type, facet: "all", unit: null } as const;
    };
    const { id } = await company.ask((gateway) =>
      gateway.createStream(
        {
          name: "press",
          category: "equipment-status",
          facets: [{ name: "all", disclosure: "row" }],
          fields: [field("hand", "integer"), field("stroke", "integer"), field("mark", "text")],
        },
        { waitMs: 60_000 },
      ),
    );
    const grant = { to: reader.handle, facets: ["all"], until: Date.now() + monthMs };
    await company.ask((gateway) => gateway.grant(id, grant, { waitMs: 60_000, dryRun: false }));
    return new RowLoad(company, id, options);
  }

  /** Rows that were acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged.length * this.#options.pace.rows;
  }

  /** Waits until rows that are acknowledged from now on are committed. */
  async untilCommitsAgain(patienceMs: number, check: () => void): Promise<void> {
    const before = this.#acknowledged.length;
    const what = `${this.company.handle} has new rows committed`;
    let seen: string | null = null;
    await until(
      what,
      async () => {
        check();
        seen ??= this.#acknowledged[before]?.submission ?? null;
        return seen !== null && (await this.#isCommitted(seen));
      },
      patienceMs,
    ).catch((cause: unknown) => {
      const found = seen === null ? "nothing new was acknowledged" : `${seen} is not committed`;
      throw new Error(`${what}: ${found}`, { cause });
    });
  }

  /** Hands in nothing more; resolves when everything is acknowledged and committed. */
  async end(patienceMs: number): Promise<void> {
    this.#isOver = true;
    await until("the last rows are acknowledged", () => this.#isDone, patienceMs);
    await this.#running;
    await until(
      `${this.company.handle} has nothing in its outbox`,
      async () => {
        const status = await this.company.ask((gateway) => gateway.status()).catch(() => null);
        return status !== null && status.outbox.waiting + status.outbox.inFlight === 0;
      },
      patienceMs,
    );
  }

  /** Stops where it is, whatever is not acknowledged yet. */
  abandon(): void {
    this.#isOver = true;
    this.#isAbandoned = true;
  }

  /** Rows that its gateway says are committed, asked submission by submission once each is settled. */
  async committedRows(): Promise<number> {
    const left = [...this.#acknowledged];
    return this.company.ask(async (gateway) => {
      let committed = 0;
      const ask = async (one: Acknowledged): Promise<void> => {
        const answer = await gateway.submission(one.submission, { waitMs: waitMsMax });
        one.height = answer.heightLast;
        committed += answer.committedRows;
      };
      while (left.length > 0) await Promise.all(left.splice(0, askedAtOnce).map(ask));
      return committed;
    });
  }

  /** Rows acknowledged up to a number that stand in blocks above a height. After {@link committedRows}. */
  waitingRows(number: number, height: number): number {
    const waiting = this.#acknowledged.filter(
      (one) => one.number <= number && (one.height ?? 0) > height,
    );
    return waiting.length * this.#options.pace.rows;
  }

  /** What somebody reads of it now. */
  async account(reader: Company): Promise<Account> {
    const counts = new Map<string, number>();
    const lastStrokes = new Map<number, number>();
    let misplaced = 0;
    for (let cursor: string | undefined; ; ) {
      const query = { limit: 1_000, ...(cursor === undefined ? {} : { cursor }) };
      const page = await until("the rows can be read", () => this.#pageFor(reader, query), 120_000);
      for (const { timeMs, cells } of page.items) {
        const content = contentOf(timeMs, cells);
        counts.set(content, (counts.get(content) ?? 0) + 1);
        const [hand, stroke] = [Number(cells.hand), Number(cells.stroke)];
        if (stroke < (lastStrokes.get(hand) ?? 0)) misplaced += 1;
        lastStrokes.set(hand, stroke);
      }
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    return { ...this.#compare(counts), misplaced };
  }

  #compare(counts: ReadonlyMap<string, number>): Omit<Account, "misplaced"> {
    let readable = 0;
    let firstLost: number | null = null;
    for (const { number, rows } of this.#acknowledged) {
      for (const { timeMs, cells } of rows) {
        if (counts.has(contentOf(timeMs, cells))) readable += 1;
        else firstLost = Math.min(firstLost ?? number, number);
      }
    }
    const read = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const { acknowledged } = this;
    const lost = acknowledged - readable;
    return { acknowledged, readable, lost, doubled: read - readable, firstLost };
  }

  /** Null while something of it is not on the reader's disk yet. */
  #pageFor(reader: Company, query: RecordsQuery): Promise<RecordsPage | null> {
    return reader
      .ask((gateway) => gateway.records(this.stream, query))
      .catch((error: unknown) => {
        if (error instanceof GatewayError) return null;
        throw error;
      });
  }

  async #isCommitted(submission: string): Promise<boolean> {
    try {
      const { state } = await this.company.ask((gateway) =>
        gateway.submission(submission, { waitMs: commitWaitMs }),
      );
      if (state === "refused") throw new Error(`${submission} was refused`);
      return state === "committed";
    } catch (error) {
      if (error instanceof GatewayError) return false;
      throw error;
    }
  }

  async #run(hand: number): Promise<void> {
    const socketPath = join(this.company.home, "run", "gateway.sock");
    const gateway = createGatewayClient({ socketPath });
    const { rows, pauseMs } = this.#options.pace;
    try {
      for (let first = 0; !this.#isOver; first += rows) {
        await this.#submit(gateway, hand, first);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    } finally {
      gateway.close();
    }
  }

  /** Until it is acknowledged; a body that may have been taken is never changed. */
  async #submit(gateway: GatewayClient, hand: number, first: number): Promise<void> {
    const { rows } = this.#options.pace;
    let submission = rowsFrom(hand, first, rows);
    let mayBeTaken = false;
    while (!this.#isAbandoned) {
      try {
        const { key, body } = submission;
        const answer = await gateway.submitRows(this.stream, body, key);
        const number = this.#options.note(this);
        this.#acknowledged.push({
          number,
          submission: answer.submission,
          rows: body.rows,
          height: null,
        });
        return;
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        if (error.code === "GATEWAY_REFUSED") this.#count(error);
        else mayBeTaken = true;
        if (!mayBeTaken) submission = rowsFrom(hand, first, rows);
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  #count(error: GatewayError): void {
    const detail = error.detail as { readonly problem?: { readonly code?: string } };
    const code = detail.problem?.code ?? error.code;
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }
}

function rowsFrom(hand: number, first: number, length: number): Submission {
  const timeMs = Date.now();
  const rows = Array.from({ length }, (_, index) => {
    const mark = randomBytes(8).toString("hex");
    return { timeMs, cells: { hand, stroke: first + index, mark } };
  });
  return { key: `hand ${hand} stroke ${first} ${timeMs}`, body: { rows } };
}
