// Imported for its effect, before anything large is allocated.
import { setFlagsFromString } from "node:v8";

/*
 * V8 collects the whole heap each time 64 MiB of buffers were allocated, whatever is alive. Payloads alone bring
 * that twice a second, which took a third of a busy node's time. Counted like other memory, buffers are
 * collected when they have grown in proportion to what is alive. A V8 without the flag says so and goes on.
 */
setFlagsFromString("--external-memory-accounted-in-global-limit");
