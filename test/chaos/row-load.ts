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

const rowsPerSubmission = 5;
const pauseMs = 400;
const retryMs = 200;
const monthMs = 30 * 86_400_000;

/** What a company read of a stream, against what was acknowledged. */
export interface Account {
  readonly acknowledged: number;
  /** Acknowledged rows that are there. */
  readonly committed: number;
  readonly lost: number;
  readonly doubled: number;
}

interface Submission {
  readonly key: string;
  readonly body: SubmitRowsBody;
}

/**
 * Rows that a company hands in at a steady pace, whatever happens to it: what was not answered is handed
 * in again under its key until it is acknowledged, and only what was acknowledged counts.
 */
export class RowLoad {
  readonly company: Company;
  readonly stream: string;
  readonly #running: Promise<void>;
  #acknowledged = 0;
  #last: string | null = null;
  #isOver = false;
  /** Codes with which its gateway refused rows, and how often. */
  readonly refusals = new Map<string, number>();

  private constructor(company: Company, stream: string) {
    this.company = company;
    this.stream = stream;
    this.#running = this.#run();
    this.#running.catch(() => undefined);
  }

  /** Begins at a company, with a stream that another may read whole. */
  static async begin(company: Company, reader: Company): Promise<RowLoad> {
    const { id } = await company.ask((gateway) =>
      gateway.createStream(
        {
          name: "press",
          category: "equipment-status",
          facets: [{ name: "all", disclosure: "row" }],
          fields: [{ name: "stroke", type: "integer", facet: "all", unit: null }],
        },
        { waitMs: 60_000 },
      ),
    );
    const grant = { to: reader.handle, facets: ["all"], until: Date.now() + monthMs };
    await company.ask((gateway) => gateway.grant(id, grant, { waitMs: 60_000, dryRun: false }));
    return new RowLoad(company, id);
  }

  /** Rows that were acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Waits until rows that are acknowledged from now on are committed. */
  async untilCommitsAgain(patienceMs: number, check: () => void): Promise<void> {
    const before = this.#last;
    const what = `${this.company.handle} has new rows committed`;
    let seen: string | null = null;
    await until(
      what,
      async () => {
        check();
        if (seen === null && this.#last !== before) seen = this.#last;
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

  /** What somebody reads of it now. */
  async account(reader: Company): Promise<Account> {
    const counts = new Map<unknown, number>();
    for (let cursor: string | undefined; ; ) {
      const query = { limit: 1_000, ...(cursor === undefined ? {} : { cursor }) };
      const page = await until("the rows can be read", () => this.#pageFor(reader, query), 120_000);
      for (const { cells } of page.items) {
        counts.set(Number(cells.stroke), (counts.get(Number(cells.stroke)) ?? 0) + 1);
      }
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    const acknowledged = this.#acknowledged;
    let committed = 0;
    for (let stroke = 0; stroke < acknowledged; stroke += 1) {
      if (counts.has(stroke)) committed += 1;
    }
    const read = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return {
      acknowledged,
      committed,
      lost: acknowledged - committed,
      doubled: read - counts.size,
    };
  }

  #isDone = false;

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
        gateway.submission(submission, { waitMs: 0 }),
      );
      if (state === "refused") throw new Error(`${submission} was refused`);
      return state === "committed";
    } catch (error) {
      if (error instanceof GatewayError) return false;
      throw error;
    }
  }

  async #run(): Promise<void> {
    const socketPath = join(this.company.home, "run", "gateway.sock");
    const gateway = createGatewayClient({ socketPath });
    try {
      while (!this.#isOver) {
        await this.#submit(gateway);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    } finally {
      gateway.close();
      this.#isDone = true;
    }
  }

  /** Until it is acknowledged; a body that may have been taken is never changed. */
  async #submit(gateway: GatewayClient): Promise<void> {
    let submission = this.#next();
    let mayBeTaken = false;
    for (;;) {
      try {
        const { key, body } = submission;
        const answer = await gateway.submitRows(this.stream, body, key);
        this.#acknowledged += rowsPerSubmission;
        this.#last = answer.submission;
        return;
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        if (error.code === "GATEWAY_REFUSED") this.#count(error);
        else mayBeTaken = true;
        if (!mayBeTaken) submission = this.#next();
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  #next(): Submission {
    const timeMs = Date.now();
    const first = this.#acknowledged;
    const rows = Array.from({ length: rowsPerSubmission }, (_, index) => {
      return { timeMs, cells: { stroke: first + index } };
    });
    return { key: `stroke ${first} ${timeMs}`, body: { rows } };
  }

  #count(error: GatewayError): void {
    const detail = error.detail as { readonly problem?: { readonly code?: string } };
    const code = detail.problem?.code ?? error.code;
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }
}
