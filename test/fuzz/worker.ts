// A process that tries the doors it is told, one after the other.
import { runDoor } from "./campaign.ts";
import { doors } from "./doors/index.ts";
import type { Order } from "./jobs.ts";

// It ends with whoever started it, however that ends.
process.once("disconnect", () => process.exit(0));
process.on("message", (order: Order) => {
  const door = doors.find(({ name }) => name === order.door);
  if (door === undefined) throw new Error(`there is no door ${order.door}`);
  runDoor(door, order.luck).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${order.door}: ${error instanceof Error ? error.stack : error}\n`);
      process.exit(70);
    },
  );
});
