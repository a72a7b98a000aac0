import { bytes } from "../print/human.ts";
import { printable } from "../print/printable.ts";
import { words } from "../words/catalogue.ts";
import type { SourceEvent } from "./run-collector.ts";
import { deliveryLine, type ToldEvent } from "./watch-lines.ts";

const schema = "tegata.collect/1";

/** What an event of a collector reads like. */
export function collectorLine(event: SourceEvent): ToldEvent {
  const { collect } = words();
  const tell = (text: string, isResult = false): ToldEvent => {
    return { line: printable(text), document: { schema, ...event }, isResult };
  };
  switch (event.event) {
    case "waiting":
    case "again":
      return deliveryLine(event, schema);
    case "connected":
      return tell(collect.connected(event.source));
    case "disconnected":
      return tell(collect.disconnected(event.source, event.reason));
    case "session-lost":
      return tell(collect.sessionLost(event.source));
    case "gap":
      return tell(collect.gap(event.of, event.missing));
    case "subscription-refused":
      return tell(collect.subscriptionRefused(event.topic));
    case "disk-refuses":
      return tell(collect.diskRefuses(event.reason));
    case "disk-again":
      return tell(collect.diskAgain);
    case "cut":
      return tell(collect.cut(bytes(event.bytes)));
    case "misfit": {
      const { why, ...rest } = event;
      const told = tell(collect.misfitTold(event.text, why.said));
      return { ...told, document: { schema, ...rest, reason: why.english } };
    }
    case "kept-by-gateway":
      return tell(collect.keptByGateway(event.rows));
    case "status": {
      const { heard, rows, misfits, waitingBytes } = event;
      return tell(collect.status(heard, rows, misfits, bytes(waitingBytes)), true);
    }
  }
}
