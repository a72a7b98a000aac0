import type { PublicKey } from "@tegata/ledger/primitives";
import { afterEach, expect, test } from "vitest";
import { RequestDesk } from "../../src/join/request-desk.ts";
import { Signal } from "../../src/signal.ts";
import { Timers } from "../../src/timers.ts";

const timers = new Timers();
afterEach(() => timers.stop());

test("what somebody handed in who is gone already takes nobody's place", async () => {
  const desk = new RequestDesk(new Signal(timers), 1_000);
  const gone = AbortSignal.abort(new Error("the connection is gone"));
  const given = { kind: "apply", invitationKey: "aa" as PublicKey, bodies: [] } as const;
  await expect(desk.hand(given, gone)).rejects.toThrow("the connection is gone");
});
