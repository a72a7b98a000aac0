import { agentWord, type Interpret } from "@tegata/collect";
import { type LineOrders, rowReader } from "./line-reader.ts";

const columns = ["time", "item", "value"] as const;

/** Reads what an agent said as rows of time, item and value. @throws CLI_INPUT_BROKEN for other fields */
export function agentReader(orders: LineOrders): Interpret {
  const read = rowReader(orders, columns);
  // How things stood when the agent was first asked may be as it is since long.
  const readCurrent = rowReader({ ...orders, backfill: true }, columns);
  return (heard) => {
    const { type, observations, gap } = agentWord(heard);
    const now = new Date(heard.heardMs).toISOString();
    const rows = observations.map(([, time, item, value]) => {
      const cells = [time === "" ? now : time, item, value];
      return (type === "current" ? readCurrent : read)({ line: 1, cells }, heard.heardMs);
    });
    if (gap === null) return rows;
    return [read({ line: 1, cells: [now, "agent/gap", gap] }, heard.heardMs), ...rows];
  };
}
