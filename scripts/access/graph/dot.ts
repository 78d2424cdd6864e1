/** Draws the graph in Graphviz's DOT language. */
import type { AccessGraph, ApiNode, ApplicationNode } from "./accessGraph.ts";
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

const font = 'fontname="Helvetica,Arial,sans-serif"';

export function renderDot(graph: AccessGraph): string {
  const names = nodeNames(graph);
  const application = (node: ApplicationNode) =>
    `${names.application(node.id)} [label=${quoted(applicationLines(node))} ${style("application", node.inModel)}];`;
  const api = (node: ApiNode) =>
    `${names.api(node.identifier)} [label=${quoted(apiLines(node))} ${style("api", node.inModel)}];`;
  const nodes = (part: Part) => [
    ...graph.applications.filter((node) => partOf(node) === part).map(application),
    ...graph.apis.filter((node) => partOf(node) === part).map(api),
  ];
  const cluster = (name: string, title: string, color: string, lines: readonly string[]) =>
    lines.length > 0
      ? [
          `  subgraph cluster_${name} {`,
          `    label=${quoted([title])}; style="dashed,rounded"; color="${color}"; fontcolor="${color}"; margin=20;`,
          ...lines.map((line) => `    ${line}`),
          "  }",
        ]
      : [];
  return [
    "digraph access {",
    `  graph [rankdir=LR bgcolor="white" pad=0.3 nodesep=0.5 ranksep=1.2 ${font}];`,
    `  node [shape=box fontsize=12 margin="0.4,0.15" ${font}];`,
    `  edge [fontsize=11 ${font}];`,
    ...nodes("ours").map((line) => `  ${line}`),
    ...cluster("elsewhere", elsewhereTitle, "#666666", nodes("elsewhere")),
    ...cluster("apart", apartTitle, "#b3541e", nodes("apart")),
    ...graph.grants.map(
      (grant) =>
        `  ${names.application(grant.application)} -> ${names.api(grant.api)} [label=${quoted(grantLines(grant))}${
          grant.inModel
            ? grant.forUsers
              ? " style=bold"
              : ""
            : ' style=dashed color="#b3541e" fontcolor="#b3541e"'
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
