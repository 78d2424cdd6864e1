/** Completion for bash, zsh and fish: the scripts, and the words that they ask the program for. */
import path from "node:path";
import { exitCodes } from "../../lib/errors.ts";
import {
  type Command,
  type Context,
  defineCommand,
  type Group,
  globalOptions,
  type Option,
  type Options,
} from "./command.ts";
import { locate } from "./locate.ts";
import { printRaw } from "./output.ts";

const shells = ["bash", "zsh", "fish"] as const;

/** The first word with which the scripts ask; what follows are the words so far, the last one unfinished. */
export const completionRequest = "--complete";

/** The command `completion` of a program. */
export function completionCommand(program: string): Command {
  return defineCommand({
    name: "completion",
    describe: "Print a shell completion script",
    examples: [
      ['eval "$($0 completion bash)"', "Complete commands, options and values in this shell"],
      ["$0 completion fish > ~/.config/fish/completions/$0.fish", "Complete them in every fish from now on"],
    ],
    positionals: {
      shell: {
        type: "string",
        choices: shells,
        defaultText: "the one that SHELL names",
        describe: "Print it for this shell",
      },
    },
    run: async ({ shell }, context) => {
      const own = path.basename(context.env.SHELL ?? "");
      printRaw(context, scripts[shell ?? shells.find((name) => name === own) ?? "bash"](program));
      return exitCodes.done;
    },
  });
}

/** The words that may stand where the last of `words` does. */
export async function candidates(root: Group, words: readonly string[], context: Context): Promise<string[]> {
  const last = words.at(-1) ?? "";
  const typed = words.slice(0, -1);
  const { group, command, rest } = locate(root, typed);
  const options: Options = { ...command?.options, ...globalOptions };
  const previous = typed.at(-1) ?? "";
  const option = previous.startsWith("--") ? options[previous.slice(2)] : undefined;
  const found =
    option?.type === "string"
      ? await valuesOf(option, context)
      : last.startsWith("-")
        ? [...Object.keys(options), "help"].map((name) => `--${name}`)
        : [
            ...(rest.length === 0 ? (group?.commands ?? []).map(({ name }) => name) : []),
            ...(await Promise.all(
              Object.values(command?.positionals ?? {}).map((positional) => valuesOf(positional, context)),
            ).then((lists) => lists.flat())),
          ];
  return found.filter((word) => word.startsWith(last));
}

async function valuesOf({ choices = [], candidates }: Option, context: Context): Promise<readonly string[]> {
  // Completion stays silent where a folder holds no project, or a file cannot be read.
  const more = await candidates?.(context).catch(() => []);
  return [...choices, ...(more ?? [])];
}

/** Where the program offers nothing, the shell completes files. */
const scripts: Record<(typeof shells)[number], (program: string) => string> = {
  bash: (program) => `_${functionName(program)}() {
  local IFS=$'\\n'
  COMPREPLY=($(${program} ${completionRequest} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _${functionName(program)} ${program}
`,
  zsh: (program) => `#compdef ${program}
_${functionName(program)}() {
  local -a words_found
  words_found=("\${(@f)$(${program} ${completionRequest} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n \${words_found[1]} ]]; then compadd -a words_found; else _files; fi
}
compdef _${functionName(program)} ${program}
`,
  fish: (program) => `function __${functionName(program)}
  ${program} ${completionRequest} (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null
end
complete -c ${program} -a '(__${functionName(program)})'
`,
};

function functionName(program: string): string {
  return program.replaceAll("-", "_");
}
