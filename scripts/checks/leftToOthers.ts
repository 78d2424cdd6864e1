/** Differences that are expected since the model leaves the property to others. */
import type { AccessModel } from "../../infra/accessModel.ts";
import { apiTable } from "../../infra/model/properties/api.ts";
import { applicationTable } from "../../infra/model/properties/application.ts";
import { isAmong, leftAlone } from "../../infra/model/properties/leaveAlone.ts";
import type { Accepted } from "../differences/acceptances.ts";
import { apiPath, applicationPath, grantPath } from "../differences/paths.ts";

/** What is accepted already, and what others look after. */
export function acceptedOrLeftAlone(model: AccessModel, accepted: Accepted): Accepted {
  const left = [
    ...Object.values(model.apis).flatMap((api) =>
      leftAlone(apiTable, { ...api }).map((name) => apiPath(api.key, name)),
    ),
    ...Object.values(model.applications).flatMap((application) => [
      ...leftAlone(applicationTable, { ...application }).map((name) =>
        applicationPath(application.key, name),
      ),
      ...Object.entries(application.grants).flatMap(([api, grants]) =>
        grants.flatMap(({ leaveAlone = [] }) =>
          leaveAlone.map((name) => grantPath(application.key, api, name)),
        ),
      ),
    ]),
  ];
  return (path) => accepted(path) ?? (isAmong(left, path) ? { path, leftAlone: true } : undefined);
}
