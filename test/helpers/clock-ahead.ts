// Loaded before a program: its wall clock is ahead by CLOCK_AHEAD_MS; waits and the monotonic clock are not.
const aheadMs = Number(process.env.CLOCK_AHEAD_MS ?? 0);
const RealDate = Date;
const trueNow = RealDate.now.bind(RealDate);
RealDate.now = () => trueNow() + aheadMs;
