import { unreachable } from "../../primitives/assert.ts";
import { accepted } from "../../primitives/errors.ts";
import { equalBytes } from "../../primitives/ids.ts";
import { toBytes } from "../../primitives/shape.ts";
import type { Action } from "../action.ts";
import type { BlockContext } from "../context.ts";
import { limits } from "../limits.ts";
import { readProtocolVersions, writeProtocolVersions } from "../membership-values.ts";
import { type NetworkParameters, parametersShape } from "../network-parameters.ts";
import { activationsInForce, protocolVersionAt } from "../protocol-versions.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import { readParameters, writeParameters } from "../state-values.ts";
import type { StateReader, StateView } from "../state-view.ts";
import { admit, checkAdmit } from "./admission.ts";
import { checkDeparture, depart } from "./departure.ts";
import { checkReplaceRoot, replaceRoot } from "./root.ts";
import { checkReadmit, checkSuspend, readmit, suspendByVote } from "./suspension.ts";

function checkParameters(reader: StateReader, parameters: NetworkParameters): TransactionVerdict {
  const [before, after] = [readParameters(reader), parameters].map((each) =>
    toBytes(parametersShape, each),
  ) as [Uint8Array, Uint8Array];
  if (equalBytes(before, after)) return refuseTransaction("LEDGER_PARAMETERS_SAME");
  const { timeoutCapMs, timeoutStepMs } = parameters;
  const { votedTimeoutCapMsMin: capMsMin, votedTimeoutCapMsMax: capMsMax } = limits;
  const stepMsMin = limits.votedTimeoutStepMsMin;
  // Only a block can change them back, so no vote may lead where no block can be decided.
  const isSafe = timeoutCapMs >= capMsMin && timeoutCapMs <= capMsMax && timeoutStepMs >= stepMsMin;
  if (isSafe) return accepted;
  return refuseTransaction("LEDGER_PARAMETERS_UNSAFE", { capMsMin, capMsMax, stepMsMin });
}

function checkVersion(
  reader: StateReader,
  { version, height }: Extract<Action, { type: "protocol-version" }>,
  context: BlockContext,
): TransactionVerdict {
  const inForce = activationsInForce(readProtocolVersions(reader), context.height);
  const next = protocolVersionAt(inForce, context.height) + 1;
  const heightMin = context.height + limits.protocolNoticeHeights;
  const heightMax = context.height + limits.protocolNoticeHeightsMax;
  const isInTime = height >= heightMin && height <= heightMax;
  if (version === next && isInTime && inForce.length < limits.protocolVersionsMax) return accepted;
  return refuseTransaction("LEDGER_PROTOCOL_VERSION", { version: next, heightMin, heightMax });
}

/** Whether an action could be carried out on this state. */
export function checkAction(
  reader: StateReader,
  action: Action,
  context: BlockContext,
): TransactionVerdict {
  switch (action.type) {
    case "admit":
      return checkAdmit(reader, action.application);
    case "remove":
      return checkDeparture(reader, action.member);
    case "suspend":
      return checkSuspend(reader, action.member);
    case "readmit":
      return checkReadmit(reader, action.member);
    case "replace-root":
      return checkReplaceRoot(reader, action);
    case "parameters":
      return checkParameters(reader, action.parameters);
    case "protocol-version":
      return checkVersion(reader, action, context);
    default:
      return unreachable(action);
  }
}

/** Does what the members decided; {@link checkAction} has accepted it on this very view. */
export function carryOut(view: StateView, action: Action, context: BlockContext): void {
  switch (action.type) {
    case "admit":
      admit(view, action.application, context);
      break;
    case "remove":
      depart(view, action.member, context);
      break;
    case "suspend":
      suspendByVote(view, action.member, context);
      break;
    case "readmit":
      readmit(view, action.member);
      break;
    case "replace-root":
      replaceRoot(view, action);
      break;
    case "parameters":
      writeParameters(view, action.parameters);
      break;
    case "protocol-version": {
      const { version, height } = action;
      // What is not in force yet gives way: members that are not ready in time put it off.
      const inForce = activationsInForce(readProtocolVersions(view), context.height);
      writeProtocolVersions(view, [...inForce, { version, height }]);
      break;
    }
    default:
      unreachable(action);
  }
}
