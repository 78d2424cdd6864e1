/** The endpoint of the Timesheets API that takes batches of entries. */

export const uploadEndpoint = {
  /** The scope that it asks for. */
  scope: "batch:upload",
  method: "POST",
  /** Below the API's address. */
  path: "timesheets/upload",
} as const;
