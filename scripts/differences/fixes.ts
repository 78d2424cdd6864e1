/** The way out of each kind of difference, as a sentence, a command, or the YAML to write. */
import { Document, Scalar, visit } from "yaml";
import type { Fields } from "../../infra/model/properties/property.ts";
import { isPlain, plainText } from "../../lib/text.ts";
import type { Fix, Json } from "./finding.ts";
import type { Difference } from "./properties.ts";

/** The report adds `--stack` to commands. */
const fixCommand = "npx auth0-m2m drift --fix";
const bootstrap = "npx auth0-m2m bootstrap";

/**
 * The way out of a difference in one property.
 * @param object What has it, e.g. `API`.
 * @param declare The lines of a model that hold these fields of the object.
 */
export function settle(
  { property, kind, expected, declaration }: Difference,
  object: string,
  declare: (fields: Fields) => object,
): Fix {
  if (kind === "changed") return declaration ? restoreOrDeclare(declare(declaration)) : restore();
  const settings = `${resetTo(expected)} in the ${object}'s settings`;
  return declaration
    ? removeOrDeclare(
        `${settings[0]?.toUpperCase()}${settings.slice(1)}, or declare it in the model.`,
        declare(declaration),
      )
    : byHand(`The model cannot declare ${property}: ${settings}.`);
}

function resetTo(expected: Json): string {
  const nothing = expected === null || (Array.isArray(expected) && expected.length === 0);
  return nothing ? "clear it" : `set it back to ${JSON.stringify(expected)}`;
}

/** A change that the model has no words for: `--fix` writes the model's value. */
export function restore(): Fix {
  return { text: "Write the model's value back.", command: fixCommand };
}

/** A change, with the lines that would make the model agree with the tenant. */
export function restoreOrDeclare(declaration: object, also = ""): Fix {
  return {
    text: `Write the model's value back, or take the tenant's into the model${also}.`,
    command: fixCommand,
    yaml: yaml(declaration),
  };
}

/** A part that is gone from something that is still there. */
export function putBack(): Fix {
  return { text: "Put it back, or take it out of the model.", command: fixCommand };
}

/**
 * A whole API or application that is gone, or was never made.
 * @param wasThere Whether its id is on record.
 * @param isSetUp Whether any id is; before that there may be no Pulumi stack to run.
 */
export function makeAgain(what: string, wasThere: boolean, isSetUp: boolean): Fix {
  if (!isSetUp) return { text: "Set the tenant up as the model says.", command: bootstrap };
  return wasThere
    ? {
        text: `Make it again as the model says, with ${what}, or take it out of the model.`,
        command: fixCommand,
      }
    : { text: "Make it as the model says, or take it out of the model.", command: fixCommand };
}

/** Something new has taken the place of the old; only an import makes it Pulumi's. */
export function adopt(): Fix {
  return { text: "Let bootstrap adopt the object that is there now, and record its id.", command: bootstrap };
}

/** Why `--fix` leaves such an object alone. */
export const adoptionNeeded = "bootstrap has to adopt the object that is there now.";

/** The grant in the place of the old one, which `pulumi up` adopts by itself. */
export function adoptGrant(): Fix {
  return { text: "Let pulumi up adopt the grant that is there now, and record its id.", command: fixCommand };
}

/** Something more than the model knows: it goes by hand, or into the model. */
export function removeOrDeclare(text: string, declaration: object): Fix {
  return { text, yaml: yaml(declaration) };
}

/** An addition that an update takes away; `--fix` never does, and names the command that would. */
export function takenAwayByBootstrap(fix: Fix): Fix {
  return { ...fix, text: `${fix.text} bootstrap takes it away, after showing it.`, command: bootstrap };
}

/** Something that goes by hand, since no model can declare it or `pulumi up` does not write it. */
export function byHand(text: string): Fix {
  return { text };
}

/** The lines to write; what must not be printed as it is becomes the escape that YAML reads in quotes. */
function yaml(declaration: object): string {
  const document = new Document(declaration);
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === "string" && !isPlain(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  const lines = document
    .toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER })
    .split("\n");
  return lines.map(plainText).join("\n");
}
