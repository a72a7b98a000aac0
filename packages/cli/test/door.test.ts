import { afterEach, expect, test } from "vitest";
import { Host, stopHosts } from "../../node/test/join/host.ts";
import { doorOf } from "../src/membership/door.ts";

afterEach(stopHosts);

test("who waits long begins the conversation again when it has asked as often as it may", async () => {
  const host = await Host.open({ limits: { requestsMax: 2 } });
  const { networkId, listenerKey, addresses, invitationSeed: seed } = host.ticket();
  const door = doorOf({
    ...{ networkId, listenerKey, addresses, seed, expiresMs: Date.now() + 60_000 },
    trusted: { height: 0, blockId: "00".repeat(32) as never },
  });
  try {
    for (let asked = 0; asked < 5; asked += 1) {
      const standing = await door.ask((session) => session.standing());
      expect(standing.state).toBe("invited");
    }
    expect(host.faults).toEqual([]);
  } finally {
    await door.close();
  }
});
