/** A sound access model, and how to break it in one place. */

/** A sound model, to break in one place at a time; line 2 is the API's key, line 10 the application's. */
export const sound = `apis:
  timesheets:
    name: Timesheets API
    identifier: https://api.exampleco.com/timesheets
    signingAlgorithm: RS256
    scopes:
      batch:upload: Upload timesheets in batches
      read:timesheets: Read timesheets
applications:
  import-job:
    name: Timesheets Import Job
    authentication: client_secret_post
    grants:
      timesheets: [batch:upload]
`;

/** The sound model with one text in place of another. */
export function but(text: string, replacement: string): string {
  if (!sound.includes(text)) throw new Error(`The sound model has no ${text}`);
  return sound.replace(text, replacement);
}
