import { createGatewayClient } from "@tegata/gateway/client";
import { ownCard } from "../founding/genesis.ts";
import { homePaths } from "../founding/home.ts";
import { describeError } from "../print/error.ts";
import type { ExitCode } from "../print/exit-codes.ts";
import { stopSignal } from "../process/stop-signal.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { statusLines } from "../status/lines.ts";
import { type StatusView, viewReader } from "../status/view.ts";
import { statusMark, type Watched, watch } from "../status/watch.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

/** `tegata status`: how the company and the network stand. */
export async function run(context: Context, given: Given): Promise<ExitCode | undefined> {
  await ownCard(context.home);
  const readView = viewReader(context.home, context.world.nowMs);
  if (!given.flag("watch")) {
    const view = await withGateway(context, readView);
    await context.result(documentOf(view), linesOf(context, view));
    return;
  }
  const { gatewaySocket: socketPath } = homePaths(context.home);
  const gateway = createGatewayClient({ socketPath });
  const read = (): Promise<Watched> =>
    readView(gateway).then(
      (view) => watched(context, view),
      (error: unknown) => away(context, error),
    );
  return watch(context, read, stopSignal()).finally(() => gateway.close());
}

function documentOf({ status, grantsEnding, disk, toDo }: StatusView) {
  return { schema: "tegata.status/1", ...status, grantsEnding, disk, toDo } as const;
}

function linesOf(context: Context, view: StatusView): readonly string[] {
  return statusLines(view, context.world.nowMs(), context.paint);
}

function watched(context: Context, view: StatusView): Watched {
  const document = JSON.stringify(documentOf(view));
  return { lines: linesOf(context, view), document, mark: statusMark(view, context.json) };
}

/** A gateway that is away may come back; whoever watches is told and waits. */
function away(context: Context, error: unknown): Watched {
  const { code, message, next } = describeError(error, words());
  const lines = [context.paint("warning", message), words().running.watchWaits(next)];
  const document = JSON.stringify({ schema: "tegata.status/1", away: code });
  return { lines, document, mark: code };
}
