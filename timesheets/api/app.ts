/** The Timesheets API as an Express application: a function of a store and of who may call. */
import express, { type Express, type Request, type RequestHandler } from "express";
import { requiredScopes } from "express-oauth2-jwt-bearer";
import { refuseTokenInAddress } from "./authorization.ts";
import { handleError, ProblemError } from "./problems.ts";
import type { TimesheetStore } from "./store.ts";
import { largestBody, parseBody, parseEntries, uploadEntries } from "./upload.ts";

/** @param requireToken Middleware that checks the access token, from `authorization.ts`. */
export function createTimesheetsApi(store: TimesheetStore, requireToken: RequestHandler): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag");
  app.use(refuseTokenInAddress, requireToken);
  const bytes = express.raw({ type: "application/json", limit: largestBody });

  app.post("/timesheets/upload", requiredScopes("batch:upload"), bytes, uploadEntries(store));

  app.get("/timesheets", requiredScopes("read:timesheets"), (request, response) => {
    const limit = wholeNumber(request, "limit", { fallback: 50, least: 1, most: 1000 });
    const offset = wholeNumber(request, "offset", { fallback: 0, least: 0, most: Number.MAX_SAFE_INTEGER });
    response.json(store.list(limit, offset));
  });

  app.post("/timesheets", requiredScopes("create:timesheets"), bytes, async (request, response) => {
    const body = parseBody(request);
    const [entry] = Array.isArray(body) ? [] : parseEntries(body);
    if (!entry) {
      throw new ProblemError({ status: 400, type: "bad-request", title: "Send one entry, not an array" });
    }
    const outcome = await store.upload([entry]);
    const stored = store.find(entry);
    if (outcome.kind !== "stored" || !stored) {
      throw new ProblemError({
        status: 409,
        type: "conflict",
        title: "An entry with this user_id, date and project is stored with other hours",
      });
    }
    response
      .status(outcome.counts.accepted === 1 ? 201 : 200)
      .location(`/timesheets/${stored.id}`)
      .json(stored);
  });

  app.delete("/timesheets/:id", requiredScopes("delete:timesheets"), (request, response) => {
    if (!store.delete(entryId(request))) throw noSuchEntry();
    response.status(204).end();
  });

  app.post("/timesheets/:id/approve", requiredScopes("approve:timesheets"), (request, response) => {
    const entry = store.approve(entryId(request));
    if (!entry) throw noSuchEntry();
    response.json(entry);
  });

  app.use(() => {
    throw new ProblemError({ status: 404, type: "not-found", title: "There is nothing at this address" });
  });
  app.use(handleError);
  return app;
}

function noSuchEntry(): ProblemError {
  return new ProblemError({ status: 404, type: "not-found", title: "There is no such entry" });
}

function entryId(request: Request): number {
  const id = String(request.params.id);
  if (!/^\d{1,15}$/.test(id)) throw noSuchEntry();
  return Number(id);
}

interface WholeNumberRange {
  readonly fallback: number;
  readonly least: number;
  readonly most: number;
}

function wholeNumber(request: Request, name: string, range: WholeNumberRange): number {
  const text = request.query[name];
  if (text === undefined) return range.fallback;
  const value = typeof text === "string" && /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.least && value <= range.most) return value;
  throw new ProblemError({
    status: 400,
    type: "bad-request",
    title: `${name} is a whole number from ${range.least} to ${range.most}`,
  });
}
