import { statSync } from "node:fs";
import { programVersion } from "../commands/version.ts";
import { logFileOf } from "../process/company.ts";
import { type LoggedError, lastLoggedError } from "../process/log-tail.ts";
import type { Facts } from "./facts.ts";
import { type Finding, findingsOf } from "./finding.ts";

/** Last words stand at the end of a log; an error further up was followed by a start that went well. */
const lastWordsBytes = 4_096;

function lastWords(home: string, program: "node" | "gateway"): LoggedError | null {
  const path = logFileOf(home, program);
  try {
    return lastLoggedError(path, Math.max(0, statSync(path).size - lastWordsBytes));
  } catch {
    return null;
  }
}

/** What ended a program of a company that does not run; null: it was ended as it should be. */
function endOf({ paths }: Facts): ({ readonly program: string } & LoggedError) | null {
  for (const program of ["node", "gateway"] as const) {
    const words = lastWords(paths.home, program);
    if (words !== null) return { program, ...words };
  }
  return null;
}

const secondCopy: ReadonlySet<string> = new Set(["NODE_SIGN_STATE_SHARED", "GATEWAY_OVERTAKEN"]);

/** Whether another copy of this company is at work, here or elsewhere. */
export function checkCopies(facts: Facts): Finding {
  const found = findingsOf("copies");
  const { node, gateway, supervisor } = facts;
  if (facts.card === null) return found.skip("copies-none");
  const own = node?.members.find(({ self }) => self);
  if (own?.standing === "suspended") {
    return found.fail("signed-twice", { height: own.offenceHeight });
  }
  if (supervisor === "none") {
    const end = endOf(facts);
    if (end !== null && secondCopy.has(end.code)) {
      return found.fail("second-copy", { program: end.program, code: end.code });
    }
    if (node !== null || gateway !== null) return found.warn("stray-program");
  }
  return found.pass("copies");
}

/** Whether the company runs, and if not, why. */
export function checkProcesses(facts: Facts): Finding {
  const found = findingsOf("processes");
  const { supervisor, card, genesis, node, gateway } = facts;
  if (card === null || genesis === null) return found.skip("processes-early");
  if (supervisor !== "none") return found.pass("running", { pid: supervisor });
  if (node !== null || gateway !== null) return found.pass("running", { pid: null });
  const end = endOf(facts);
  if (end === null) return found.warn("stopped");
  const { program, code, message } = end;
  return found.fail("ended", { program, code, text: message });
}

/** Whether the node answers, and whether it may sign. */
export function checkNode({ node, supervisor }: Facts): Finding {
  const found = findingsOf("node");
  if (node === null) {
    return supervisor === "none" ? found.skip("node-stopped") : found.fail("node-silent");
  }
  const { height, state } = node;
  if (state === "sign-state-unsafe") return found.fail("sign-state-unsafe", { height });
  return found.pass("node", { height, state });
}

/** Whether the gateway answers, and whether both run what is installed. */
export function checkGateway({ gateway, supervisor }: Facts): Finding {
  const found = findingsOf("gateway");
  if (gateway === null) {
    return supervisor === "none" ? found.skip("gateway-stopped") : found.fail("gateway-silent");
  }
  const installed = programVersion();
  const { version: running } = gateway;
  if (running !== installed) return found.warn("start-again", { running, installed });
  return found.pass("gateway");
}
