/** The environment that tests start from. */

/**
 * This process's environment without a variable of Auth0, Pulumi or this product. PULUMI_HOME goes too, since the local
 * stack takes no notice of it: engine and plugins are then looked for in one folder, that of HOME.
 */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AUTH0_|PULUMI_|M2M_|TIMESHEETS_)/.test(name)),
  );
}
