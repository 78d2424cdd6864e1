/** What the checks across a model are given, and how they report. */
import type { Path, Position } from "./problem.ts";
import type { ApiFields, ApplicationFields, ExceptionFields, ForeignApplicationFields } from "./schema.ts";

/** A model, or what is sound of one. */
export interface Parts {
  apis: Record<string, Partial<ApiFields>>;
  /** Key -> identifier, or `management`. */
  foreignApis: Record<string, string>;
  applications: Record<string, Partial<ApplicationFields>>;
  foreignApplications: Record<string, Partial<ForeignApplicationFields>>;
  exceptions: readonly (ExceptionFields | undefined)[];
}

export type Locate = (path: Path, at?: "key" | "value") => Position;

/** The plain data at a path, as the files have it. */
export type Written = (path: Path) => unknown;

/** Takes a problem at a path. */
export type Report = (path: Path, message: string, fix: string) => void;
