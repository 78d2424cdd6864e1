/** Access models of any size, as YAML. */

/**
 * APIs of five scopes each, and applications with a grant on one or two of them.
 * @param size.everything Whether they use what a model can say besides: policies, metadata, grants in full. @default false
 */
export function modelOf({
  apis,
  applications,
  everything = false,
}: {
  apis: number;
  applications: number;
  everything?: boolean;
}): string {
  const lines = ["apis:"];
  for (let api = 0; api < apis; api++) {
    lines.push(
      `  api-${api}:`,
      `    name: API ${api}`,
      `    identifier: https://api.exampleco.com/${api}`,
      "    signingAlgorithm: RS256",
      "    tokenProfile: auth0",
      ...(everything
        ? [
            "    access: { applications: granted, users: granted }",
            "    roleBasedAccess: true",
            "    refreshTokens: true",
            "    browserTokenLifetime: 3600",
            "    leaveAlone: [proof_of_possession]",
          ]
        : []),
      "    scopes:",
      ...["read", "create", "delete", "approve", "upload"].map(
        (verb) => `      ${verb}:things-${api}: ${verb} the things of API ${api}`,
      ),
    );
  }
  if (everything) {
    lines.push("foreignApis: { auth0: management, billing: https://api.exampleco.com/billing }");
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
      ...(everything
        ? [`    metadata: { team: team-${application} }`, "    leaveAlone: [token_quota, session_transfer]"]
        : []),
      "    grants:",
      ...granted.map((api, position) =>
        everything && position === 0
          ? `      api-${api}: { scopes: [read:things-${api}, upload:things-${api}], organizations: allow }`
          : `      api-${api}: [read:things-${api}, upload:things-${api}]`,
      ),
      ...(everything && application % 4 === 0 ? ["      auth0: [read:users]"] : []),
    );
    if (everything && application % 10 === 0) {
      const api = application % apis;
      lines.push(
        `  shop-${application}:`,
        "    owner: elsewhere",
        `    name: Shop ${application}`,
        `    grants: { api-${api}: { scopes: [read:things-${api}], subject: user } }`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}
