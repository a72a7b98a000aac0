import { limits } from "@tegata/ledger/chain";
import { z } from "zod";
import { apiLimits, type SubmitRowsBody, submitRowsBody } from "../api/schemas.ts";
import { GatewayError, type RowProblem } from "../errors.ts";
import { gatewayLimits } from "../limits.ts";

const wholeBody = submitRowsBody.extend({
  rows: z.array(z.unknown()).min(1).max(apiLimits.rowsPerSubmission),
});
const oneRow = submitRowsBody.shape.rows.element;
const shownLengthMax = 256;

/**
 * The rows of a body in JSON. It ends with the first problems that are shown: to find all of a large body
 * would keep everybody else waiting for most of a minute.
 * @throws GATEWAY_REQUEST_INVALID
 */
export function rowsOfJson(bytes: Uint8Array): SubmitRowsBody["rows"] {
  const body = wholeBody.safeParse(parsed(bytes));
  if (!body.success) throw refused(body.error.issues.map((issue) => problemOf(null, issue)));
  const rows: SubmitRowsBody["rows"] = [];
  const problems: RowProblem[] = [];
  for (const [row, value] of body.data.rows.entries()) {
    const cells = cellCountOf(value);
    if (cells > limits.fieldsMax) {
      const expected = `at most ${limits.fieldsMax} cells in a row`;
      problems.push({ row, field: null, expected, got: `${cells}` });
    } else {
      const read = oneRow.safeParse(value);
      if (read.success) rows.push(read.data);
      else problems.push(...read.error.issues.map((issue) => problemOf(row, issue)));
    }
    if (problems.length >= gatewayLimits.rowProblemsMax) break;
  }
  if (problems.length > 0) throw refused(problems);
  return rows;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw refused([{ row: null, field: null, expected: "JSON in UTF-8", got: "" }], cause);
  }
}

function cellCountOf(row: unknown): number {
  const { cells = null } = (row ?? {}) as { readonly cells?: unknown };
  return typeof cells === "object" && cells !== null ? Object.keys(cells).length : 0;
}

function problemOf(row: number | null, { path, message }: z.core.$ZodIssue): RowProblem {
  const field = path.map(String).join(".").slice(0, shownLengthMax) || null;
  return { row, field, expected: message.slice(0, shownLengthMax), got: "" };
}

function refused(
  problems: readonly RowProblem[],
  cause?: unknown,
): GatewayError<"GATEWAY_REQUEST_INVALID"> {
  const shown = problems.slice(0, gatewayLimits.rowProblemsMax);
  return new GatewayError("GATEWAY_REQUEST_INVALID", { problems: shown }, cause);
}
