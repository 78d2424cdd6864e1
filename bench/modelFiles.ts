/** Access models of any size, as YAML. */

/** APIs of five scopes each, and applications with a grant on one or two of them. */
export function modelOf({ apis, applications }: { apis: number; applications: number }): string {
  const lines = ["apis:"];
  for (let api = 0; api < apis; api++) {
    lines.push(
      `  api-${api}:`,
      `    name: API ${api}`,
      `    identifier: https://api.exampleco.com/${api}`,
      "    signingAlgorithm: RS256",
      "    tokenProfile: auth0",
      "    scopes:",
      ...["read", "create", "delete", "approve", "upload"].map(
        (verb) => `      ${verb}:things-${api}: ${verb} the things of API ${api}`,
      ),
    );
  }
  lines.push("applications:");
  for (let application = 0; application < applications; application++) {
    const granted = [...new Set([application % apis, (application * 7 + 1) % apis])].slice(
      0,
      1 + (application % 2),
    );
    lines.push(
      `  job-${application}:`,
      `    name: Job ${application}`,
      "    authentication: client_secret_post",
      "    grants:",
      ...granted.map((api) => `      api-${api}: [read:things-${api}, upload:things-${api}]`),
    );
  }
  return `${lines.join("\n")}\n`;
}
