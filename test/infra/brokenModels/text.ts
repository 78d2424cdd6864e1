/** Texts that are no model. */
import type { BrokenModel } from "./brokenModel.ts";
import { but, sound } from "./soundModel.ts";

export const brokenText: readonly BrokenModel[] = [
  {
    name: "an empty file",
    yaml: "",
    reported: ["infra/access.yaml:1:1: the file is empty. Start it with `apis:` and `applications:`."],
  },
  {
    name: "nothing but a comment",
    yaml: "# later\n",
    reported: ["infra/access.yaml:1:1: the file is empty. Start it with `apis:` and `applications:`."],
  },
  {
    name: "a list instead of a map",
    yaml: "- apis\n",
    reported: [
      "infra/access.yaml:1:1: must be a map, not a list. Start with `apis:` and, one level in, a key for each API.",
    ],
  },
  {
    name: "a bare word",
    yaml: "apis\n",
    reported: [
      'infra/access.yaml:1:1: must be a map, not "apis". Start with `apis:` and, one level in, a key for each API.',
    ],
  },
  {
    name: "a bracket left open",
    yaml: but("[batch:upload]", "[batch:upload"),
    reported: ["infra/access.yaml:14:19: this bracket is never closed. Close it behind the last entry."],
  },
  {
    name: "a quotation mark left open",
    yaml: but("Timesheets Import Job", '"Timesheets Import Job'),
    reported: [
      "infra/access.yaml:11:11: this quotation mark is never closed. Close it at the end of the text.",
    ],
  },
  {
    name: "a tab as indentation",
    yaml: but("    name: Timesheets API", "\tname: Timesheets API"),
    reported: ["infra/access.yaml:3:1: a tab is used for indentation. Indent with spaces, two a level."],
  },
  {
    name: "a line indented less than its neighbours",
    yaml: but("    identifier", "   identifier"),
    reported: [
      "infra/access.yaml:4:1: the indentation does not fit the lines above. Indent with spaces, two a level.",
    ],
  },
  {
    name: "a colon inside unquoted text",
    yaml: but("Upload timesheets in batches", "Upload: in batches"),
    reported: [
      "infra/access.yaml:7:21: a key and its value stand inside another value. Give them a line of their own; text with `: ` inside needs quotation marks.",
    ],
  },
  {
    name: "a second document",
    yaml: `${sound}---\n${sound}`,
    reported: [
      "infra/access.yaml:15:1: a second YAML document starts here. Keep one document: remove the line `---`.",
    ],
  },
  {
    name: "a key twice",
    yaml: but("    scopes:", "    name: Another\n    scopes:"),
    reported: [
      "infra/access.yaml:6:5: apis.timesheets.name: this key stands on line 3 already. Remove one of the two.",
    ],
  },
  {
    name: "an anchor and its alias",
    yaml: but("[batch:upload]", "&all [batch:upload]\n      reports: *all"),
    reported: [
      "infra/access.yaml:14:24: applications.import-job.grants.timesheets: anchors and aliases are not read here. Write the value out in both places.",
      "infra/access.yaml:15:16: applications.import-job.grants.reports: anchors and aliases are not read here. Write the value out in both places.",
    ],
  },
  {
    name: "an alias of nothing",
    yaml: but("[batch:upload]", "*everything"),
    reported: [
      "infra/access.yaml:14:19: applications.import-job.grants.timesheets: anchors and aliases are not read here. Write the value out in both places.",
    ],
  },
  {
    name: "a merge key",
    yaml: but("    grants:", "    <<: { adopts: Other }\n    grants:"),
    reported: [
      "infra/access.yaml:13:5: applications.import-job: merge keys are not read here. Write the entries out.",
    ],
  },
  {
    name: "a tag",
    yaml: but("Timesheets Import Job", "!env JOB_NAME"),
    reported: ["infra/access.yaml:11:11: tags are not read here. Remove the word that starts with `!`."],
  },
  {
    name: "a number as a key",
    yaml: but("read:timesheets:", "404:"),
    reported: [
      "infra/access.yaml:8:7: apis.timesheets.scopes: a key must be text. Put the key in quotation marks.",
    ],
  },
  {
    name: "a list as a key",
    yaml: but("read:timesheets:", "[read, write]:"),
    reported: [
      "infra/access.yaml:8:7: this is not valid YAML. Compare indentation and punctuation with the lines around.",
    ],
  },
  {
    name: "a key that reaches the prototype",
    yaml: but("read:timesheets:", "__proto__:"),
    reported: [
      'infra/access.yaml:8:7: apis.timesheets.scopes: the key "__proto__" is not allowed. Choose another key.',
    ],
  },
  {
    name: "brackets a thousand deep",
    yaml: `apis: ${"[".repeat(1000)}${"]".repeat(1000)}\n`,
    reported: [
      "infra/access.yaml:1:1: this is nested too deeply. Nothing in a model needs more than four levels.",
    ],
  },
];
