/** Structured logs: one JSON object a line. They never hold content, tokens or keys, so an error's message stays out: it may quote them. */

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Something broke. `what` is `noun.verbed`; `fields` are ids and counts. Of the error: its name, code and where it was thrown. */
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
