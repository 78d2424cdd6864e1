/** The graph in each of its formats. */
import { jsonText } from "../../../lib/json.ts";
import type { AccessGraph } from "./accessGraph.ts";
import { renderDot } from "./dot.ts";
import { renderMermaid } from "./mermaid.ts";

export const graphFormats = ["mermaid", "dot", "svg", "json"] as const;
export type GraphFormat = (typeof graphFormats)[number];

/** @returns text with a final newline. */
export async function renderGraph(graph: AccessGraph, format: GraphFormat): Promise<string> {
  switch (format) {
    case "mermaid":
      return renderMermaid(graph);
    case "dot":
      return renderDot(graph);
    case "svg":
      return renderSvg(graph);
    case "json":
      return jsonText(graph);
  }
}

async function renderSvg(graph: AccessGraph): Promise<string> {
  // Graphviz compiled to WebAssembly takes a while to load.
  const { instance } = await import("@viz-js/viz");
  const viz = await instance();
  return viz.renderString(renderDot(graph), { format: "svg" });
}
