/** The environment that tests start from. */

/** This process's environment without a variable of Auth0, Pulumi or this product. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AUTH0_|PULUMI_|M2M_|TIMESHEETS_)/.test(name)),
  );
}
