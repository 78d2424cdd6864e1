/** The way out of each kind of difference, as a sentence, a command, or the YAML to write. */
import { stringify } from "yaml";
import type { Fix } from "./finding.ts";

/** A change or a loss: the model is right, and `--fix` writes it. The report adds `--stack` to commands. */
export function restore(): Fix {
  return {
    text: "Write the model's value back, or write the tenant's into the model.",
    command: "npx timesheets drift --fix",
  };
}

/** Something new stands in the place of the old; only an import makes it Pulumi's. */
export function adopt(): Fix {
  return { text: "Let bootstrap adopt what stands there now.", command: "npx timesheets bootstrap" };
}

/** A change, with the lines that would make the model agree with the tenant. */
export function restoreOrDeclare(declaration: object): Fix {
  return { ...restore(), yaml: yaml(declaration) };
}

/** Something more than the model knows: it goes by hand, or into the model. */
export function removeOrDeclare(text: string, declaration: object): Fix {
  return { text, yaml: yaml(declaration) };
}

/** Something that no model can declare. */
export function remove(text: string): Fix {
  return { text };
}

function yaml(declaration: object): string {
  return stringify(declaration, { lineWidth: 0 });
}
