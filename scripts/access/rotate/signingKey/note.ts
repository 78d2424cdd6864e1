/** What an unfinished rotation of the signing key needs to remember. */
import { z } from "zod";
import type { Session } from "../../../session/session.ts";
import { type Journal, openJournal } from "../journal.ts";

const noteSchema = z.object({
  /** The key that signed before the rotation. */
  from: z.string(),
});

export function openSigningKeyJournal({
  stack,
}: Pick<Session, "stack">): Journal<z.infer<typeof noteSchema>> {
  return openJournal(stack, "rotate-signing-key", noteSchema);
}
