import type { GatewayClient } from "@tegata/gateway/client";
import { CliError } from "../errors.ts";
import { settingsOf } from "../founding/settings.ts";
import { parseStepOption } from "../input/time.ts";
import { followSeat } from "../membership/seat.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { patiently, withGateway } from "./gateway.ts";
import { renewConsensusKey } from "./keys-rotate.ts";

const waitMs = 20_000;

/** `tegata stand-up`: an observer asks for its vote, with a consensus key that never voted before. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { membership } = words();
  const { dryRun } = context;
  const { settings } = settingsOf(context, []);
  if (!settings["node.validator"]) throw usageOf(membership.wantsNoVote);
  const patienceMs = parseStepOption("--timeout", given.text("timeout") ?? "1d");
  const document = { schema: "tegata.stand-up/1" } as const;
  await withGateway(context, async (gateway) => {
    const first = await patiently(() => gateway.standUp({ waitMs: 0, dryRun: true }));
    const { seat, step } = first;
    if (dryRun || step === "has-vote") {
      const said = { step, admission: seat.admission, votesFrom: null };
      await context.result({ ...document, ...said }, [membership.standUpDry[step]]);
      return;
    }
    const votesFrom = await untilVoting(context, given, gateway, patienceMs);
    const { admission } = await gateway.seat();
    const said = { step: "has-vote" as const, admission, votesFrom };
    await context.result({ ...document, ...said }, [membership.votesFrom(votesFrom)]);
  });
}

/** Does what comes next until this company votes. @throws CLI_STAND_UP_NOT_FINAL */
async function untilVoting(
  context: Context,
  given: Given,
  gateway: GatewayClient,
  patienceMs: number,
): Promise<number> {
  const { membership } = words();
  let rotated = false;
  const seat = await followSeat(context, gateway, patienceMs, async ({ state }) => {
    if (state === "voting") {
      const { step } = await patiently(() => gateway.standUp({ waitMs: 0, dryRun: true }));
      if (step === "has-vote") return null;
    }
    const { step } = await patiently(() => gateway.standUp({ waitMs, dryRun: false }));
    if (step === "new-key" && !rotated) {
      await renew(context, given, gateway);
      rotated = true;
    }
    return membership.standingUp[step];
  });
  if (seat === null) throw new CliError("CLI_STAND_UP_NOT_FINAL", { waitedMs: patienceMs });
  const { node } = await patiently(() => gateway.status());
  const own = node?.members.find(({ self }) => self);
  return (own?.sinceHeight ?? seat.height) + 1;
}

async function renew(context: Context, given: Given, gateway: GatewayClient): Promise<void> {
  const { keys } = words();
  const { version, height } = await renewConsensusKey(context, given, gateway);
  context.say(height === null ? keys.waits : keys.taken("consensus", version, height));
}
