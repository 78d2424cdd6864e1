/** Draws what a terminal shows as an SVG: lines of text with the few styles that the command line uses. */

const advance = 8.4;
const lineHeight = 20;
const margin = 20;
const bar = 34;

const classes: Readonly<Record<string, string>> = {
  "1": "bold",
  "2": "dim",
  "31": "red",
  "32": "green",
  "33": "yellow",
  "36": "cyan",
};
const ends: Readonly<Record<string, readonly string[]>> = {
  "22": ["bold", "dim"],
  "39": ["red", "green", "yellow", "cyan"],
};

const introducer = `${String.fromCharCode(27)}[`;
const sequence = new RegExp(`(${introducer.replace("[", "\\[")}[\\d;]*m)`);

interface Span {
  readonly text: string;
  readonly styles: readonly string[];
}

/** @param text Output with SGR escape sequences (ECMA-48 section 8.3.117). */
export function terminalPicture(title: string, text: string): string {
  const lines = text.trimEnd().split("\n").map(spansOf);
  const columns = Math.max(...lines.map((line) => line.reduce((sum, span) => sum + span.text.length, 0)));
  const width = Math.ceil(columns * advance + 2 * margin);
  const height = bar + lines.length * lineHeight + margin;
  const rows = lines.map((line, index) => {
    const spans = line.map(({ text, styles }) =>
      styles.length > 0 ? `<tspan class="${styles.join(" ")}">${escaped(text)}</tspan>` : escaped(text),
    );
    return `<text x="${margin}" y="${bar + (index + 1) * lineHeight - 4}" xml:space="preserve">${spans.join("")}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d7dae0 }
.title { fill: #8b93a1; text-anchor: middle } .bold { font-weight: 600; fill: #fff } .dim { fill: #8b93a1 }
.cyan { fill: #56c8d8 } .green { fill: #8fd18f } .yellow { fill: #e6c07b } .red { fill: #ef7a7a }
</style>
<rect width="100%" height="100%" rx="10" fill="#1b1e24"/>
<text class="title" x="${width / 2}" y="22">${escaped(title)}</text>
${rows.join("\n")}
</svg>
`;
}

function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let styles: string[] = [];
  for (const part of line.split(sequence)) {
    const codes = part.startsWith(introducer) ? part.slice(introducer.length, -1) : undefined;
    if (codes === undefined) {
      if (part !== "") spans.push({ text: part, styles });
      continue;
    }
    for (const code of codes.split(";")) {
      const begun = classes[code];
      if (begun) styles = [...styles, begun];
      else if (ends[code]) styles = styles.filter((style) => !ends[code]?.includes(style));
      else styles = [];
    }
  }
  return spans;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
