/** An entry of the tenant log that speaks of a request to the Management API. */
import { z } from "zod";

const text = z.string().catch("");
const record = z.record(z.string(), z.unknown()).catch({});

/**
 * Auth0 documents these fields without promising any of them.
 * @see https://auth0.com/docs/api/management/v2/logs/get-logs
 */
export const logEntrySchema = z.looseObject({
  log_id: text,
  date: text,
  description: text,
  client_id: text,
  client_name: text,
  user_id: text,
  user_name: text,
  ip: text,
  details: z
    .looseObject({
      request: z
        .looseObject({
          method: text,
          path: text,
          body: record,
          channel: text,
          ip: text,
          auth: z
            .looseObject({
              user: z.looseObject({ user_id: text, name: text, email: text }).optional().catch(undefined),
            })
            .optional()
            .catch(undefined),
        })
        .optional()
        .catch(undefined),
      response: z.looseObject({ body: record }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});
export type LogEntry = z.infer<typeof logEntrySchema>;
