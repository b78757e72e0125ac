/**
 * Structured logs: one JSON object per line. They never hold content, tokens or keys. An error's message may quote them, so it is left out.
 */

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Logs a fault. `what` is `noun.verbed`; `fields` are ids and counts. Of the error, only its name, code and origin are logged. */
export function logFault(what: string, error: unknown, fields: LogFields = {}): void {
  console.error(JSON.stringify({ level: 'error', what, ...fields, ...describe(error) }))
}

export function logEvent(what: string, fields: LogFields = {}): void {
  console.log(JSON.stringify({ level: 'info', what, ...fields }))
}

function describe(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error }
  const { name, stack, cause } = error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const frames = (stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 6)
  return {
    error: name,
    code,
    frames: frames.map((line) => line.trim()).join(' | '),
    cause: cause instanceof Error ? cause.name : undefined,
  }
}
