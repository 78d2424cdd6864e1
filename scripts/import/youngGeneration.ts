/** Keeps V8's young generation at a size that suits a stream: what an import allocates is dead soon after. */
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Bytes; twice as much saves nothing, takes 20 MB more, and has the old generation collected nine times as often. */
const enough = 16 * 1024 * 1024;

/**
 * Per cent by which the old generation may grow between collections. The table of seen keys lies outside of the heap, but
 * V8 counts it in: beside 49 MB of it, 100 MB of dead batches would pile up.
 */
const oldGrowth = 20;

/** Milliseconds; shorter than it takes to fill the space, which doubles at a collection. */
const lookEvery = 20;

/**
 * Stops the young generation from growing once it is large enough, and lets it grow where V8 has shrunk it in a pause.
 * Left alone it grows with the memory of the machine, to 128 MB on one of 24 GB, while the live part of an import is
 * about 20 MB. With this an import of 500,000 rows peaks at 137 MB, one of five million at 186 MB.
 * `--max-semi-space-size` does the same, but only on the command line of Node, which a bin file cannot set without a
 * second process; the growth factor is read at each growth, so it works in a running process.
 * @returns What ends the watch and sets the factor back to V8's own.
 */
export function boundYoungGeneration(): () => void {
  let growing = true;
  const allow = (grow: boolean): void => {
    if (grow === growing) return;
    growing = grow;
    setFlagsFromString(`--semi-space-growth-factor=${grow ? 2 : 1}`);
  };
  setFlagsFromString(`--heap-growing-percent=${oldGrowth}`);
  const timer = setInterval(() => allow(youngGenerationSize() < enough), lookEvery);
  timer.unref();
  return () => {
    clearInterval(timer);
    // The flags are part of what a compile cache is valid for.
    allow(true);
    setFlagsFromString("--heap-growing-percent=0");
  };
}

function youngGenerationSize(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")?.space_size ?? enough;
}
