/** A broken access model, with everything that is to be said about it. */

export interface BrokenModel {
  /** What is wrong, for the test's name. */
  name: string;
  yaml: string;
  /** Pulumi.dev.yaml, where the fault lies in a stack's overrides. */
  settings?: string;
  /** Every problem as it is reported. */
  reported: string[];
}
