import { randomInt } from "node:crypto";
import type { GatewayClient, MemberRequest } from "@tegata/gateway/client";
import { CliError } from "../errors.ts";
import { isReachable } from "../membership/reachable.ts";
import { requestLines, requestWords, tallyText } from "../membership/request-lines.ts";
import type { Context } from "../program/context.ts";
import { openDialog } from "../program/dialog.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { onLedger, patientlyTold } from "./settling.ts";

const waitMs = 60_000;
const askedWords = 2;

/** `tegata approve`: this company's vote on a request. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { membership } = words();
  const approve = !given.flag("reject");
  const reason = given.text("reason") ?? "";
  if (approve && reason !== "") {
    throw usageOf(words().usage.needs("--reason", "--reject"));
  }
  const { dryRun } = context;
  await withGateway(context, async (gateway) => {
    const request = await chosen(gateway, given.maybeArgument("request"));
    await show(context, request);
    if (approve && !dryRun) await agree(context, given, request);
    const body = { request: request.request, hash: request.hash, approve, reason };
    const startMs = performance.now();
    const sent = gateway.vote(body, { waitMs: dryRun ? 0 : waitMs, dryRun });
    const answer = await patientlyTold(context, gateway, sent);
    if (!dryRun) await onLedger(gateway, answer.height, { kind: "vote" }, startMs);
    const committed = answer.height !== null;
    const counted = { approve, ...answer, committed, request, after: answer.request };
    await context.result({ schema: "tegata.vote/1", ...counted }, [
      dryRun
        ? membership.voteDry(approve)
        : answer.request === null
          ? membership.decided(answer.height)
          : membership.recorded(approve, tallyText(answer.request)),
    ]);
  });
}

/** The request that is meant: the named one, or the only one that waits. */
async function chosen(gateway: GatewayClient, said: string | null): Promise<MemberRequest> {
  if (said !== null) {
    const number = /^(?:r-)?(\d{1,9})$/.exec(said)?.[1];
    if (number === undefined) throw usageOf(words().membership.badRequest(said));
    return await gateway.request(Number(number));
  }
  const { requests } = await gateway.agenda();
  const waiting = requests.filter(({ waitsForMe }) => waitsForMe);
  const [first] = waiting;
  if (first === undefined) throw new CliError("CLI_VOTE_NOT_FOUND", null);
  if (waiting.length === 1) return first;
  throw new CliError("CLI_VOTE_SEVERAL", { requests: waiting.map(({ request }) => request) });
}

async function show(context: Context, request: MemberRequest): Promise<void> {
  const { membership } = words();
  const addresses = request.action === "admit" ? (request.about?.addresses ?? []) : [];
  const answers = addresses.length === 0 ? null : await isReachable(addresses);
  const reach = answers === null ? null : membership.reach(answers);
  for (const line of requestLines(request, reach, context.world.nowMs())) context.say(line);
}

/** Approval of a company takes words that it read aloud; other requests a yes. */
async function agree(context: Context, given: Given, request: MemberRequest): Promise<void> {
  const { membership } = words();
  const said = given.text("words");
  const isAdmission = request.action === "admit";
  if (isAdmission && said !== null) {
    checkWords(request, said);
    return;
  }
  if (given.flag("yes")) {
    if (isAdmission) context.warn(context.paintMessage("warning", membership.wordsSkipped));
    return;
  }
  if (!context.isInteractive) {
    throw new CliError("CLI_FINGERPRINT_MISSING", { request: request.request });
  }
  const dialog = openDialog(context.world);
  try {
    if (isAdmission) await askWords(request, dialog.ask);
    else if (!/^y(es)?$/i.test(await dialog.ask(membership.askYes))) {
      throw new CliError("CLI_FINGERPRINT_MISSING", { request: request.request });
    }
  } finally {
    dialog.close();
  }
}

/** Two or more different words, comma separated, all of them the request's. */
function checkWords(request: MemberRequest, said: string): void {
  const known = new Set(requestWords(request));
  const typed = new Set(
    said
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((word) => word !== ""),
  );
  const areRight = typed.size >= askedWords && [...typed].every((word) => known.has(word));
  if (!areRight) throw new CliError("CLI_FINGERPRINT_DIFFERS", { request: request.request });
}

async function askWords(
  request: MemberRequest,
  ask: (question: string) => Promise<string>,
): Promise<void> {
  const list = requestWords(request);
  const places = new Set<number>();
  while (places.size < askedWords) places.add(randomInt(list.length));
  for (const place of [...places].sort((a, b) => a - b)) {
    const answer = await ask(words().membership.askWord(place + 1));
    if (answer.toLowerCase() === list[place]) continue;
    throw new CliError("CLI_FINGERPRINT_DIFFERS", { request: request.request });
  }
}
