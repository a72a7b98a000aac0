// Writes payloads by the wire format alone, so that what reads them is not checked against itself.
// Source: Protocol Buffers encoding; sparkplug_b.proto.

/** One message of an edge node. */
export interface Sent {
  readonly timestamp: number;
  readonly seq?: number;
  readonly metrics: readonly Buffer[];
}

/** What a metric may carry. */
export interface SentMetric {
  readonly name?: string;
  readonly alias?: number;
  readonly timestamp?: number;
  readonly datatype?: number;
  readonly isNull?: boolean;
  readonly int?: number;
  readonly long?: bigint;
  readonly float?: number;
  readonly double?: number;
  readonly boolean?: boolean;
  readonly string?: string;
  readonly bytes?: Buffer;
  readonly dataset?: Buffer;
}

export function join(parts: readonly Buffer[]): Buffer {
  return Buffer.concat(parts);
}

function base128(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}

/** A number under a field. */
export function varint(field: number, value: bigint): Buffer {
  return join([base128(BigInt(field << 3)), base128(value)]);
}

/** Bytes or text under a field. */
export function bytesOf(field: number, value: Buffer): Buffer {
  return join([base128(BigInt((field << 3) | 2)), base128(BigInt(value.length)), value]);
}

/** Four or eight bytes under a field. */
export function fixed(field: number, value: Buffer): Buffer {
  return join([base128(BigInt((field << 3) | (value.length === 4 ? 5 : 1))), value]);
}

export function metric(sent: SentMetric): Buffer {
  const parts: Buffer[] = [];
  const { name, alias, timestamp, datatype, int, long, float, double, string } = sent;
  if (name !== undefined) parts.push(bytesOf(1, Buffer.from(name)));
  if (alias !== undefined) parts.push(varint(2, BigInt(alias)));
  if (timestamp !== undefined) parts.push(varint(3, BigInt(timestamp)));
  if (datatype !== undefined) parts.push(varint(4, BigInt(datatype)));
  if (sent.isNull === true) parts.push(varint(7, 1n));
  if (int !== undefined) parts.push(varint(10, BigInt(int)));
  if (long !== undefined) parts.push(varint(11, long));
  if (float !== undefined) {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(float);
    parts.push(fixed(12, bytes));
  }
  if (double !== undefined) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(double);
    parts.push(fixed(13, bytes));
  }
  if (sent.boolean !== undefined) parts.push(varint(14, sent.boolean ? 1n : 0n));
  if (string !== undefined) parts.push(bytesOf(15, Buffer.from(string)));
  if (sent.bytes !== undefined) parts.push(bytesOf(16, sent.bytes));
  if (sent.dataset !== undefined) parts.push(bytesOf(17, sent.dataset));
  return join(parts);
}

export function payload({ timestamp, seq, metrics }: Sent): Buffer {
  return join([
    varint(1, BigInt(timestamp)),
    ...metrics.map((one) => bytesOf(2, one)),
    ...(seq === undefined ? [] : [varint(3, BigInt(seq))]),
  ]);
}
