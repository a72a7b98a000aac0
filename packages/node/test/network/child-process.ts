import { decode } from "@tegata/ledger/primitives";
import type { Command, Report } from "./child.ts";
import { createTestNode, type TestNode } from "./testnet.ts";

// A node in a process of its own: it counts what it receives and answers a request for bytes.
// Anything unhandled ends the process with a failure, which the test sees.

let node: TestNode | null = null;
let receivedFrames = 0;
let receivedBytes = 0;

function tell(report: Report): void {
  process.send?.(report);
}

async function obey(command: Command): Promise<void> {
  switch (command.type) {
    case "start": {
      node = createTestNode(command.number, {
        listen: command.listen,
        limits: command.limits,
        onFrame: (_from, _type, body) => {
          receivedFrames += 1;
          receivedBytes += body.length;
        },
        onRequest: async (_from, body) => {
          const [, bytes] = decode(body) as readonly number[];
          return new Uint8Array(bytes ?? 0).fill(7);
        },
      });
      await node.network.start();
      tell({ type: "listening", addresses: node.network.addresses() });
      return;
    }
    case "members":
      node?.network.setMembers(command.members);
      return;
    case "report":
      tell({
        type: "report",
        connected: node?.network.connected() ?? [],
        receivedFrames,
        receivedBytes,
        faults: (node?.faults ?? []).map(String),
      });
      return;
    case "stop":
      await node?.network.stop();
      process.disconnect();
      return;
  }
}

process.on("message", (command: Command) => {
  obey(command).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
