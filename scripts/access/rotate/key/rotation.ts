/** Rotates an application's key pair with both keys valid in between, so that one works at every moment. */
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Application } from "../../../../infra/accessModel.ts";
import { exitCodes, messageOf, ToolError, usageError } from "../../../../lib/errors.ts";
import { readIfPresent, writeWhole } from "../../../../lib/files.ts";
import { makeFolder } from "../../../../lib/folders.ts";
import { assertOwn, readOwnFile, writeOwnFile } from "../../../../lib/ownFile.ts";
import type { Report } from "../../../../lib/report.ts";
import { type Check, checksOn } from "../../../checks/check.ts";
import { describeAnswer, tokensOf } from "../../../checks/tokenAnswers.ts";
import { firstApi } from "../../../credentials/jobCredentials.ts";
import { loadStackModel } from "../../../session/accessModel.ts";
import type { Session } from "../../../session/session.ts";
import type { Stack } from "../../../session/stack.ts";
import { deliver, type RotatedApplication } from "../application.ts";
import { type Journal, openJournal } from "../journal.ts";
import { keyId, makeKeyPair } from "./keyPair.ts";
import { findKeyList, type KeyList, writeKeyList } from "./modelKeys.ts";

const noteSchema = z.object({
  /** Entry of the model that goes. */
  old: z.string(),
  /** Entry of the model that comes. */
  new: z.string(),
  /** Where the private key will stand. */
  privateKeyFile: z.string(),
});
type KeyNote = z.infer<typeof noteSchema>;

export interface KeyRotation {
  /** Absolute path where the job reads its private key. */
  readonly privateKeyFile: string;
  /** Stops while both keys are valid, for a job that has to get the new one first. */
  readonly keepOld: boolean;
}

export interface KeyReport {
  readonly application: string;
  readonly clientId: string;
  readonly resumed: boolean;
  readonly privateKeyFile: string;
  /** The model's file that was changed. */
  readonly changed: string;
  /** Null while the old key is kept. */
  readonly removed: string | null;
  readonly added: string;
  readonly checks: readonly Check[];
}

/**
 * Every step looks whether it is done already, so an interrupted run is finished by running it again.
 * The order is what keeps a key working: the new one is tried before the job gets it, and the job has it before the
 * old one goes.
 */
export async function rotateKey(
  session: Session,
  rotated: RotatedApplication,
  rotation: KeyRotation,
): Promise<KeyReport> {
  const { stack, report } = session;
  const { application, clientId } = rotated;
  const journal = openJournal(stack, `rotate-key-${application.key}`, noteSchema);
  const list = await findKeyList(stack, application.key);
  const found = await journal.read();
  if (found) inform(report, "rotation_resumed", "An earlier run was interrupted; resuming it.");
  const note = found ?? (await begin(session, application, list, rotation.privateKeyFile, journal));
  const place = filesOf(stack, note);

  await makeKeys(place, report);
  await writeKeyList(list, [note.old, note.new]);
  await up(session, "Both keys are valid from here on.");
  const first = await proveKey(session, rotated, place);
  if (!first.ok) throw notAccepted(first);

  await promote(place);
  await deliver(session, rotated, { privateKeyFile: note.privateKeyFile });
  inform(report, "key_in_place", `The job's private key is in ${note.privateKeyFile}.`);

  const done = {
    application: application.key,
    clientId,
    resumed: found !== undefined,
    privateKeyFile: note.privateKeyFile,
    changed: path.relative(stack.root, list.file),
    added: note.new,
  };
  if (rotation.keepOld) return { ...done, removed: null, checks: [first] };
  await writeKeyList(list, [note.new]);
  await up(session, `The old key, ${note.old}, is out.`);
  const last = await proveKey(session, rotated, place);
  await journal.remove();
  const alone = { ...last, id: `${last.id}-alone`, title: `${last.title}, the old one gone` };
  return { ...done, removed: note.old, checks: [first, alone] };
}

/** Decides all names and notes them, before anything is made. */
async function begin(
  { stack }: Pick<Session, "stack">,
  application: Application,
  list: KeyList,
  privateKeyFile: string,
  journal: Journal<KeyNote>,
): Promise<KeyNote> {
  const [old, second] = list.entries;
  if (old === undefined || second !== undefined) {
    throw usageError(
      `Both slots of ${application.key} are full: Auth0 takes two keys an application, and ${list.file} lists ${list.entries.join(" and ")}.`,
      "Take the one that the job does not use out of the list, run `pulumi up`, and rotate then.",
    );
  }
  await refuseOtherKey(application, privateKeyFile);
  await assertOwn(candidateOf(privateKeyFile));
  const day = new Date().toISOString().replace(/[-:]|\.\d+Z$/g, "");
  const name = `${application.key}-${day}.pem`;
  const note = { old, new: path.posix.join(path.posix.dirname(old), name), privateKeyFile };
  await mkdir(path.dirname(path.resolve(path.dirname(stack.accessModelFile), note.new)), { recursive: true });
  makeFolder(path.dirname(privateKeyFile));
  await journal.write(note);
  return note;
}

/** The file in the private key's place is replaced, so it has to be the key that is rotated out. */
async function refuseOtherKey(application: Application, privateKeyFile: string): Promise<void> {
  const pem = await readKey(privateKeyFile);
  if (pem === undefined) return;
  const listed = application.publicKeys ?? [];
  try {
    const held = keyId(pem);
    if (listed.some((key) => key.keyId === held)) return;
  } catch {
    // Not a key at all: refused below like any other file.
  }
  throw usageError(
    `${privateKeyFile} exists and is not the private key of ${application.key}; it is left as it is.`,
    "Name the job's key file, or a file that does not exist, with --private-key.",
  );
}

interface KeyFiles {
  readonly publicKey: string;
  /** The new private key until it is known to work. */
  readonly candidate: string;
  readonly privateKey: string;
}

const candidateOf = (privateKeyFile: string) => `${privateKeyFile}.next`;

function filesOf(stack: Pick<Stack, "accessModelFile">, note: KeyNote): KeyFiles {
  return {
    publicKey: path.resolve(path.dirname(stack.accessModelFile), note.new),
    candidate: candidateOf(note.privateKeyFile),
    privateKey: note.privateKeyFile,
  };
}

/** Makes the pair, unless an earlier run did: both halves, the private one first, whole or not at all. */
async function makeKeys(place: KeyFiles, report: Report): Promise<void> {
  const publicKey = await readKey(place.publicKey);
  if (publicKey !== undefined && (await currentPrivateKey(place, publicKey)) !== undefined) return;
  const pair = await makeKeyPair();
  await writeOwnFile(place.candidate, pair.privateKey);
  await writeWhole(place.publicKey, pair.publicKey);
  inform(report, "key_made", `A new key pair: the public key is in ${place.publicKey}.`);
}

/** The private half of a public key: still the candidate, or in its place already. */
async function currentPrivateKey(
  place: KeyFiles,
  publicKey: string,
): Promise<{ pem: string; file: string } | undefined> {
  const wanted = keyId(publicKey);
  for (const file of [place.candidate, place.privateKey]) {
    const pem = file === place.candidate ? await readOwnFile(file) : await readKey(file);
    if (pem !== undefined && keyId(pem) === wanted) return { pem, file };
  }
  return undefined;
}

async function promote(place: KeyFiles): Promise<void> {
  const held = await currentPrivateKey(place, await readFile(place.publicKey, "utf8"));
  if (held?.file === place.candidate) await rename(place.candidate, place.privateKey);
  else await rm(place.candidate, { force: true });
}

async function up({ stack, report, pulumi }: Session, done: string): Promise<void> {
  // A model that would be refused must not reach the engine with half of the work done.
  await loadStackModel(stack);
  await (await pulumi()).must(["up", "--yes", "--skip-preview"], { shown: true });
  inform(report, "stack_updated", done);
}

async function proveKey(
  { model, signal }: Session,
  { application, clientId, outputs }: RotatedApplication,
  place: KeyFiles,
): Promise<Check> {
  const checks = checksOn({ id: application.key, name: application.name });
  const title = "a token with the new key";
  const held = await currentPrivateKey(place, await readFile(place.publicKey, "utf8"));
  const audience = firstApi(model, application)?.identifier;
  if (!held || audience === undefined) {
    return checks.judged(
      "new-key",
      title,
      false,
      "issued",
      held ? "no grant to try it with" : "its private key is gone",
    );
  }
  const answer = await tokensOf(
    application,
    { clientId, privateKey: held.pem },
    outputs.issuer,
    signal,
  )(audience);
  const ok = answer.kind === "token";
  return checks.judged("new-key", title, ok, "issued", ok ? "issued" : describeAnswer(answer));
}

function notAccepted({ seen }: Check): ToolError {
  return new ToolError(
    "new_key_refused",
    `The new key gets no token (${seen}); the old one stays, and still works.`,
    {
      exitCode: exitCodes.check,
      hint: "Fix what the answer names and run the same command again: it resumes here.",
    },
  );
}

function inform(report: Report, code: string, message: string): void {
  report({ level: "info", code, message });
}

function readKey(file: string): Promise<string | undefined> {
  return readIfPresent(file).catch((error: unknown) => {
    throw usageError(`${file} cannot be read: ${messageOf(error)}.`);
  });
}
