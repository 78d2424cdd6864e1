/** What is at the other end of a stream: a person or a program, how wide, with colours or without. */

/** True where a person reads or types at the other end. */
export function isTerminal(stream: unknown): boolean {
  return property(stream, "isTTY") === true;
}

/** Columns of the terminal, else those that COLUMNS names; undefined where neither says. */
export function widthOf(stream: unknown, env: Readonly<NodeJS.ProcessEnv>): number | undefined {
  return [property(stream, "columns"), Number(env.COLUMNS)].find(
    (columns): columns is number => typeof columns === "number" && Number.isInteger(columns) && columns > 0,
  );
}

/** True where the stream is a terminal and neither NO_COLOR nor TERM=dumb objects (https://no-color.org). */
export function hasColour(stream: unknown, env: Readonly<NodeJS.ProcessEnv>): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "" && env.FORCE_COLOR !== "0") return true;
  return env.TERM !== "dumb" && isTerminal(stream);
}

function property(stream: unknown, name: string): unknown {
  return typeof stream === "object" && stream !== null ? Reflect.get(stream, name) : undefined;
}
