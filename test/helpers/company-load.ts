import { expect } from "vitest";
import type { Company } from "./company.ts";

const rowsPerSubmission = 5;

/** A company that submits rows without a pause: each submission follows the commit of the one before. */
export class CompanyLoad {
  readonly company: Company;
  readonly stream: string;
  readonly #running: Promise<void>;
  #rows = 0;
  #isOver = false;

  private constructor(company: Company, stream: string) {
    this.company = company;
    this.stream = stream;
    this.#running = this.#submit();
    // Whoever ends the load learns of it; until then a failure is not unhandled.
    this.#running.catch(() => undefined);
  }

  static async begin(company: Company): Promise<CompanyLoad> {
    const { id } = await company.ask((gateway) =>
      gateway.createStream(
        {
          name: "press",
          category: "equipment-status",
          facets: [{ name: "all", disclosure: "row" }],
          fields: [{ name: "stroke", type: "integer", facet: "all", unit: null }],
        },
        { waitMs: 30_000 },
      ),
    );
    return new CompanyLoad(company, id);
  }

  /** Rows that were acknowledged. */
  get rows(): number {
    return this.#rows;
  }

  /** How many submissions brought them. */
  get submissions(): number {
    return this.#rows / rowsPerSubmission;
  }

  /** Submits nothing more and waits until everything is committed. @throws what went wrong on the way */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  /** The company reads back every row it submitted, once, in order. */
  async expectOnce(): Promise<void> {
    const strokes: unknown[] = [];
    for (let cursor: string | undefined; ; ) {
      const query = { limit: 1_000, ...(cursor === undefined ? {} : { cursor }) };
      const page = await this.company.ask((gateway) => gateway.records(this.stream, query));
      strokes.push(...page.items.map(({ cells }) => cells.stroke));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(strokes).toEqual(Array.from({ length: this.#rows }, (_, index) => index));
  }

  async #submit(): Promise<void> {
    while (!this.#isOver) {
      const timeMs = Date.now();
      const rows = Array.from({ length: rowsPerSubmission }, (_, index) => {
        return { timeMs, cells: { stroke: this.#rows + index } };
      });
      const key = `stroke ${this.#rows}`;
      const { submission } = await this.company.ask((gateway) =>
        gateway.submitRows(this.stream, { rows }, key),
      );
      this.#rows += rowsPerSubmission;
      const { state } = await this.company.ask((gateway) =>
        gateway.submission(submission, { waitMs: 30_000 }),
      );
      expect(state).toBe("committed");
    }
  }
}
