/** From an access model and what a tenant has to the list of differences; pure. */
import { compareApi } from "./compareApi.ts";
import { compareApplication } from "./compareApplication.ts";
import { compareGrants } from "./compareGrants.ts";
import type { Comparison } from "./comparison.ts";
import type { Finding } from "./finding.ts";

/** Every difference, in the order of the model: APIs, then applications, each with what belongs to it. */
export function compare(comparison: Comparison): Finding[] {
  const { model } = comparison;
  return [
    ...Object.values(model.apis).flatMap((api) => compareApi(comparison, api)),
    ...Object.values(model.applications).flatMap((application) => [
      ...compareApplication(comparison, application),
      ...compareGrants(comparison, application),
    ]),
  ];
}
