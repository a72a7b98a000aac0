import { createHash } from "node:crypto";
import { collectLimits } from "./limits.ts";
import type { EdgeNode, EdgeNodes, SparkplugReading } from "./sparkplug.ts";
import type { Heard } from "./spool.ts";

/** A message of a broker, as it goes to the spool. */
export type MqttWord =
  | {
      readonly type: "message";
      readonly id: string;
      readonly packet: number;
      readonly topic: string;
      readonly payload: string;
    }
  /** A payload that is no text, or too long: what can be shown of it. */
  | {
      readonly type: "binary" | "long" | "sparkplug";
      readonly id: string;
      readonly packet: number;
      readonly topic: string;
      readonly payload: string;
    }
  | {
      readonly type: "readings";
      readonly id: string;
      readonly packet: number;
      readonly readings: readonly SparkplugReading[];
      readonly misfits: readonly string[];
      /** Name of the edge node, and what is to be remembered of it. */
      readonly node: readonly [name: string, node: EdgeNode] | null;
    };

/** What has to be known of the messages that came. */
export interface MqttMemo {
  /** The last messages: the last packet numbers by what was said. */
  readonly recent: Record<string, readonly number[]>;
  /** Those before them; dropped when `recent` is full and takes their place. */
  readonly older?: Record<string, readonly number[]>;
  /** How many are in `recent`. */
  readonly count?: number;
  readonly nodes: EdgeNodes;
}

/** Nothing came yet. */
export const emptyMqttMemo: MqttMemo = { recent: {}, older: {}, count: 0, nodes: {} };

/** Names what a message says; equal for equal words of equal topics. */
export function messageId(topic: string, payload: Uint8Array): string {
  const hash = createHash("sha256").update(JSON.stringify(topic)).update(payload);
  return `m${hash.digest("base64url").slice(0, 16)}`;
}

/** The word of a spool entry. */
export function mqttWord({ text }: Heard): MqttWord {
  return JSON.parse(text) as MqttWord;
}

/** Numbers of the last packets that said the same; none: it was not said lately. */
export function packetsOf({ recent, older = {} }: MqttMemo, id: string): readonly number[] {
  if (Object.hasOwn(recent, id)) return recent[id] ?? [];
  return Object.hasOwn(older, id) ? (older[id] ?? []) : [];
}

/** Whether anything came yet. */
export function hasHeard({ recent, older = {} }: MqttMemo): boolean {
  return [recent, older].some((ids) => Object.keys(ids).length > 0);
}

const packetsMax = 32;

/**
 * Remembers a word. A broker that was killed says all again that was acknowledged since it last wrote to its disk,
 * the oldest first: forgetting one by one would forget each just before it comes.
 */
export function rememberMqtt(memo: MqttMemo, heard: Heard): MqttMemo {
  const word = mqttWord(heard);
  const { recent, nodes } = memo;
  const isNew = !Object.hasOwn(recent, word.id);
  const before = memo.count ?? Object.keys(recent).length;
  recent[word.id] = [...packetsOf(memo, word.id), word.packet].slice(-packetsMax);
  if (word.type === "readings" && word.node !== null) nodes[word.node[0]] = word.node[1];
  const count = before + (isNew ? 1 : 0);
  if (count < collectLimits.messagesRememberedMax) return { ...memo, count };
  return { recent: {}, older: recent, count: 0, nodes };
}
