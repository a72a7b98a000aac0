import { enError } from "./en-errors.ts";
import { enForeign } from "./en-foreign.ts";
import { enPrint } from "./en-print.ts";
import { enProblem } from "./en-problems.ts";

/** Every English word people read. Another language is a value of the same type. */
export const en = { ...enPrint, problemOf: enProblem, errorOf: enError, foreignOf: enForeign };
