/** autocannon as a process of its own, as cold as the import beside it: a line of options on stdin, rows a second on stdout. */
import process from "node:process";
import { createInterface } from "node:readline/promises";
import { type CannonOptions, cannon } from "./competitors.ts";
import { bodies } from "./rows.ts";

// The options come on stdin because a token must not be seen in a process list.
const [line = ""] = await Array.fromAsync(createInterface({ input: process.stdin }));
const { url, token, rows, batchSize, connections } = JSON.parse(line) as CannonOptions;
const rate = await cannon(url, token, bodies(rows, batchSize), rows, connections);
process.stdout.write(JSON.stringify(rate));
