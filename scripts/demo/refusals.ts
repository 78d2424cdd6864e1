/** Shows that the job's token opens one door: the other endpoints of the Timesheets API answer 403. */

export interface Refusal {
  readonly request: string;
  readonly needs: string;
  readonly status: number;
}

const others = [
  { method: "GET", path: "/timesheets", needs: "read:timesheets" },
  { method: "POST", path: "/timesheets", needs: "create:timesheets" },
  { method: "DELETE", path: "/timesheets/1", needs: "delete:timesheets" },
  { method: "POST", path: "/timesheets/1/approve", needs: "approve:timesheets" },
] as const;

/** Tries every endpoint but the upload. */
export async function tryOtherEndpoints(
  apiUrl: string,
  token: string,
  signal: AbortSignal,
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const { method, path, needs } of others) {
    const response = await fetch(new URL(path, apiUrl), {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(method === "POST"
        ? {
            body: JSON.stringify({
              user_id: "contractor-0001",
              date: "2026-01-05",
              project: "demo",
              hours: 1,
            }),
          }
        : {}),
      signal,
    });
    await response.body?.cancel();
    refusals.push({ request: `${method} ${path}`, needs, status: response.status });
  }
  return refusals;
}
