import type { GatewayClient, PurgeAnswer } from "@tegata/gateway/client";
import { assert } from "@tegata/ledger/primitives";
import { dateTime, bytes as size } from "../print/human.ts";
import type { Context } from "../program/context.ts";
import { openDialog } from "../program/dialog.ts";
import { declinedOf, type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { onLedger, patientlyTold } from "./settling.ts";
import { momentOf, zoneOf } from "./times.ts";

const waitMs = 30_000;

/** `tegata streams purge`: has old records deleted at every company, after a person has seen what and said so twice. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const name = given.argument("name");
  const before = momentOf(context, given, "before", "ago");
  assert(before !== null, "--before is required");
  const body = { before: Math.max(0, before) };
  const zone = zoneOf(given);
  const answer = await withGateway(context, async (gateway) => {
    const planned = await gateway.purge(name, body, { waitMs: 0, dryRun: true });
    if (context.dryRun || planned.batches === 0) return planned;
    if (given.flag("yes")) return await purge(context, gateway, name, { ...body, plan: null });
    await confirm(context, name, planned, zone);
    // Whoever said yes meant what was shown, and nothing that came or went while they read.
    return await purge(context, gateway, name, { ...body, plan: planned.plan });
  });
  const committed = answer.height !== null;
  const document = { schema: "tegata.purge/1", stream: name, ...answer, committed } as const;
  await context.result(document, purgeLines(name, answer, zone));
}

async function purge(
  context: Context,
  gateway: GatewayClient,
  name: string,
  body: { readonly before: number; readonly plan: string | null },
): Promise<PurgeAnswer> {
  const startMs = performance.now();
  const sent = gateway.purge(name, body, { waitMs, dryRun: false });
  const made = await patientlyTold(context, gateway, sent);
  if (made.submitted) await onLedger(gateway, made.height, { kind: "purge" }, startMs);
  return made;
}

function whatGoes(name: string, answer: PurgeAnswer, zone: string): string {
  const { batches, bytes, from, until } = answer;
  const span = [from, until].map((ms) => dateTime(ms ?? 0, zone));
  return words().purging.goes(name, batches, size(bytes), span[0] ?? "", span[1] ?? "");
}

function purgeLines(name: string, answer: PurgeAnswer, zone: string): readonly string[] {
  const { purging } = words();
  const waiting = waitingLines(answer);
  if (answer.batches === 0) return [purging.nothing(name), ...waiting];
  return [
    whatGoes(name, answer, zone),
    answer.submitted ? purging.done(answer.height) : purging.dry,
    purging.kept,
    ...(answer.left === 0 ? [] : [purging.left(answer.left)]),
    ...waiting,
  ];
}

function waitingLines({ waiting }: PurgeAnswer): readonly string[] {
  return waiting === 0 ? [] : [words().purging.waiting(waiting)];
}

async function confirm(
  context: Context,
  name: string,
  planned: PurgeAnswer,
  zone: string,
): Promise<void> {
  const { purging } = words();
  if (!context.isInteractive) throw usageOf(purging.notDeleted);
  context.say(whatGoes(name, planned, zone));
  context.say(purging.kept);
  for (const line of waitingLines(planned)) context.say(line);
  const dialog = openDialog(context.world);
  try {
    const answer = await dialog.ask(purging.ask);
    if (!/^(?:y(?:es)?|はい)$/i.test(answer)) throw declinedOf(purging.notDeleted);
  } finally {
    dialog.close();
  }
}
