import { randomUUID } from "node:crypto";
import { decodeBlock } from "@tegata/ledger/chain";
import type { Company } from "./consortium.ts";
import { committedEverywhere } from "./lanes.ts";
import { gatewayStream } from "./load.ts";
import { authorOf, submitSigned } from "./submitter.ts";
import { pause, until } from "./waiting.ts";
import { createStream, jsonRowsOf, recordsOf } from "./workload.ts";

/** The network is left alone between two samples; by turns, so that no timer is met every time. */
const restMs = [30, 55, 80] as const;
const waitMs = 20_000;

/** From the API call to the commit notice, one record at a time on an idle network, through a gateway. */
export async function gatewayLatency(
  company: Company,
  samples: number,
): Promise<readonly number[]> {
  const { gateway } = company;
  const stream = await gatewayStream(company);
  const times: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    await pause(restMs[sample % restMs.length] as number);
    const rows = jsonRowsOf(1, Date.now());
    const start = performance.now();
    const { submission } = await gateway.submitRows(stream, { rows }, randomUUID());
    const { state } = await gateway.submission(submission, { waitMs });
    times.push(performance.now() - start);
    if (state !== "committed") throw new Error(`a record is ${state} after ${waitMs} ms`);
  }
  return times;
}

/** The same for signed transactions handed to a node. */
export async function nodeLatency(company: Company, samples: number): Promise<readonly number[]> {
  const { node, paths, passphraseFile } = company;
  const author = await authorOf(paths.home, passphraseFile, node);
  const { stream, creating } = createStream(author);
  await submitSigned(node, creating);
  const lane = { member: author.memberId, lane: stream.streamId };
  await until("a stream is created", waitMs, async () => {
    const [sequence] = await committedEverywhere([company], [lane]);
    return sequence === 1;
  });
  const all = recordsOf(author, stream, { first: 2, count: samples, size: 1 });
  const times: number[] = [];
  for (const [sample, signed] of all.entries()) {
    await pause(restMs[sample % restMs.length] as number);
    let { height } = await node.status();
    const start = performance.now();
    const submitting = submitSigned(node, signed);
    for (let isCommitted = false; !isCommitted; ) {
      const { blocks } = await node.blocks(height + 1, { waitMs, blocksMax: 1 });
      const end = performance.now();
      const block = blocks[0];
      if (block === undefined) throw new Error(`a record is not committed after ${waitMs} ms`);
      height = block.height;
      isCommitted = decodeBlock(block.block).transactions.some(({ id }) => id === signed.id);
      if (isCommitted) times.push(end - start);
    }
    await submitting;
  }
  return times;
}
