import type { DeliveryEvent, WatchEvent } from "@tegata/collect";
import { localZone } from "../input/time.ts";
import { describeError } from "../print/error.ts";
import { dateTime } from "../print/human.ts";
import { printable } from "../print/printable.ts";
import type { ResultDocument } from "../program/context.ts";
import { englishWords, words } from "../words/catalogue.ts";

/** An event for people and for programs. */
export interface ToldEvent {
  readonly line: string;
  readonly document: ResultDocument;
  /** Whether it is what the command is for; anything else is a message. */
  readonly isResult: boolean;
}

/** What a watched folder's event reads like. */
export function watchLine(event: WatchEvent): ToldEvent {
  const { collect } = words();
  const schema = "tegata.watch/1";
  const document = { schema, ...event } as const;
  const tell = (text: string, isResult = false): ToldEvent => {
    return { line: printable(text), document, isResult };
  };
  switch (event.event) {
    case "waiting":
    case "again":
      return deliveryLine(event, schema);
    case "published": {
      const { file, rows, replayedRows, leftOutRows, movedTo } = event;
      const said = [
        collect.published(file, rows, movedTo ?? collect.takenAway),
        ...(replayedRows > 0 ? [collect.replayed(replayedRows)] : []),
        ...(leftOutRows > 0 ? [collect.leftOutRows(leftOutRows)] : []),
      ];
      return tell(said.join("; "), true);
    }
    case "refused": {
      const { text: _, report, ...rest } = event;
      const told = tell(
        collect.refused(event.file, event.code, event.movedTo ?? collect.takenAway),
        true,
      );
      return { ...told, document: { schema, ...rest, error: report } };
    }
    case "same": {
      const at = dateTime(event.atMs, localZone());
      const { file, as, movedTo } = event;
      return tell(collect.same(file, as, at, movedTo ?? collect.takenAway), true);
    }
    case "unfinished":
      return tell(collect.unfinished(event.file));
    case "stuck":
      return tell(collect.stuck(event.file, event.reason));
    case "folder-gone":
      return tell(collect.folderGone(event.folder, event.reason));
    case "folder-back":
      return tell(collect.folderBack(event.folder));
  }
}

/** What is said while the gateway cannot take rows. */
export function deliveryLine(event: DeliveryEvent, schema: ResultDocument["schema"]): ToldEvent {
  const { collect } = words();
  if (event.event === "again") {
    const waitedMs = Math.round(event.waitedMs);
    return {
      line: collect.again(waitedMs),
      document: { schema, event: "again", waitedMs },
      isResult: false,
    };
  }
  const { message } = describeError(event.error, words());
  const { code, message: english } = describeError(event.error, englishWords);
  return {
    line: printable(collect.waiting(message)),
    document: { schema, event: "waiting", code, message: english },
    isResult: false,
  };
}
