/** What was thrown at the processes of a company, and what became of them. */
export interface ProcessReport {
  readonly schema: "tegata.fuzz-process/1";
  readonly failures: readonly string[];
  readonly thrown: Readonly<Record<string, number>>;
}

export async function processCampaign(_orders: {
  readonly inputs: number;
  readonly seed: number;
  readonly say: (text: string) => void;
}): Promise<ProcessReport> {
  return { schema: "tegata.fuzz-process/1", failures: [], thrown: {} };
}
