/** Draws the graph in Graphviz's DOT language. */
import type { AccessGraph, ApiNode, ApplicationNode } from "./accessGraph.ts";
import { apartTitle, apiLines, applicationLines, grantLines, nodeNames } from "./drawing.ts";

const font = 'fontname="Helvetica,Arial,sans-serif"';

export function renderDot(graph: AccessGraph): string {
  const names = nodeNames(graph);
  const application = (node: ApplicationNode) =>
    `${names.application(node.id)} [label=${quoted(applicationLines(node))} ${style("application", node.inModel)}];`;
  const api = (node: ApiNode) =>
    `${names.api(node.identifier)} [label=${quoted(apiLines(node))} ${style("api", node.inModel)}];`;
  const nodes = (inModel: boolean) => [
    ...graph.applications.filter((node) => node.inModel === inModel).map(application),
    ...graph.apis.filter((node) => node.inModel === inModel).map(api),
  ];
  const apart = nodes(false);
  return [
    "digraph access {",
    `  graph [rankdir=LR bgcolor="white" pad=0.3 nodesep=0.5 ranksep=1.2 ${font}];`,
    `  node [shape=box fontsize=12 margin="0.4,0.15" ${font}];`,
    `  edge [fontsize=11 ${font}];`,
    ...nodes(true).map((line) => `  ${line}`),
    ...(apart.length > 0
      ? [
          "  subgraph cluster_apart {",
          `    label=${quoted([apartTitle])}; style="dashed,rounded"; color="#b3541e"; fontcolor="#b3541e"; margin=20;`,
          ...apart.map((line) => `    ${line}`),
          "  }",
        ]
      : []),
    ...graph.grants.map(
      (grant) =>
        `  ${names.application(grant.application)} -> ${names.api(grant.api)} [label=${quoted(grantLines(grant))}${
          grant.inModel ? "" : ' style=dashed color="#b3541e" fontcolor="#b3541e"'
        }];`,
    ),
    "}",
    "",
  ].join("\n");
}

function style(kind: "application" | "api", inModel: boolean): string {
  if (!inModel) return 'style="dashed,rounded" color="#b3541e"';
  return kind === "api"
    ? 'style="filled,rounded" fillcolor="#e3eefc" color="#2b5d9b"'
    : 'style="filled" fillcolor="#eef5e6" color="#55803a"';
}

/** In a DOT string a backslash starts an escape, and an ampersand an HTML entity. */
function quoted(lines: readonly string[]): string {
  const text = lines
    .map((line) => line.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("&", "&amp;"))
    .join("\\n");
  return `"${text}"`;
}
