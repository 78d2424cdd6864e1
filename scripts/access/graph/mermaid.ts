/** Draws the graph as a Mermaid flowchart, which GitHub and GitLab show in Markdown. */
import type { AccessGraph } from "./accessGraph.ts";
import {
  apartTitle,
  apiLines,
  applicationLines,
  elsewhereTitle,
  grantLines,
  nodeNames,
  type Part,
  partOf,
} from "./drawing.ts";

export function renderMermaid(graph: AccessGraph): string {
  const names = nodeNames(graph);
  const nodes = [
    ...graph.applications.map((node) => ({
      part: partOf(node),
      line: `${names.application(node.id)}["${label(applicationLines(node))}"]`,
    })),
    ...graph.apis.map((node) => ({
      part: partOf(node),
      line: `${names.api(node.identifier)}(["${label(apiLines(node))}"])`,
    })),
  ];
  const linesIn = (part: Part) => nodes.filter((node) => node.part === part).map(({ line }) => line);
  const subgraph = (name: string, title: string, lines: readonly string[]) =>
    lines.length > 0
      ? [`  subgraph ${name}["${label([title])}"]`, ...lines.map((line) => `    ${line}`), "  end"]
      : [];
  const apart = linesIn("apart");
  const edges = graph.grants.map((grant) => {
    const arrow = grant.inModel ? (grant.forUsers ? "==>" : "-->") : "-.->";
    const ends = [names.application(grant.application), names.api(grant.api)];
    return `${ends[0]} ${arrow}|"${label(grantLines(grant))}"| ${ends[1]}`;
  });
  return [
    "flowchart LR",
    ...linesIn("ours").map((line) => `  ${line}`),
    ...subgraph("elsewhere", elsewhereTitle, linesIn("elsewhere")),
    ...subgraph("apart", apartTitle, apart),
    ...edges.map((line) => `  ${line}`),
    ...(apart.length > 0 ? ["  style apart stroke-dasharray: 5 5"] : []),
    "",
  ].join("\n");
}

/** Mermaid reads `#35;` as a character reference: whatever is not a letter, a digit or plainly harmless becomes one. */
function label(lines: readonly string[]): string {
  return lines
    .map((line) => line.replace(/[^\p{L}\p{N} .,:/@_()+-]/gu, (character) => `#${character.codePointAt(0)};`))
    .join("<br/>");
}
