/** The port to a runner of programs in Python. The engine of the code Worker runs none. Types only. */

/** How a program ended: what it wrote, and the error that ended it. */
export interface PythonResult {
  readonly output: string
  readonly error: string | null
}

/** Port: runs one program, apart from everything of ours. `id` is the same when a call is repeated, so a runner can answer once. */
export interface PythonRunner {
  /** Throws `ToolFailure` with words for the model if there is no result. */
  run(code: string, id: string, signal: AbortSignal): Promise<PythonResult>
}
