/** What a shell completes from the project: names of stacks, keys of the model. */
import type { Context } from "../terminal/command.ts";

/** The stacks that have settings; `local` among them. */
export async function stackNames({ cwd }: Context): Promise<string[]> {
  const [{ findProjectRoot }, { stacksWithSettings }] = await Promise.all([
    import("./project.ts"),
    import("./stackSettings.ts"),
  ]);
  return stacksWithSettings(findProjectRoot(cwd));
}

/** The keys of the model's applications. */
export async function applicationKeys(context: Context): Promise<string[]> {
  return Object.keys((await readModel(context)).applications);
}

/** The keys of the model's APIs. */
export async function apiKeys(context: Context): Promise<string[]> {
  return Object.keys((await readModel(context)).apis);
}

async function readModel({ cwd, env }: Context) {
  const [{ accessModelSource, findProjectRoot }, { loadModel }] = await Promise.all([
    import("./project.ts"),
    import("./accessModel.ts"),
  ]);
  return loadModel(accessModelSource(findProjectRoot(cwd), env));
}
