/** Functions of the restore drills: they run scripts, and read through the API. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { readStream, untilEnded } from './sse.ts'
import type { User } from './user.ts'

const project = join(import.meta.dirname, '..', '..')

/** Runs a script. Returns its exit code and output. */
export const runScript = (script: string, ...args: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const options = { cwd: project, maxBuffer: 10_000_000 }
    execFile(process.execPath, [`scripts/${script}.ts`, ...args], options, (error, out, err) =>
      // The scripts report progress on a slow machine. Those lines do not count as errors.
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, err: err.replace(/^\d+ (of \d+ )?objects, .*\n/gm, '') }),
    )
  })

/** The JSON body of `GET path`. */
export const getJson = async <T>(caller: User, path: string): Promise<T> => (await caller.call('GET', path)).json() as Promise<T>

/** Reads the session until `turns` turns have ended. */
export const readTurns = (caller: User, session: string, turns: number) =>
  readStream(caller.events(session), caller.bearer, untilEnded(turns))
