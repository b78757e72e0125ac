/** The loggable parts of an error. The message is excluded: it may quote content, tokens or keys. */

/** An error with a message that this code wrote, without user content, provider text or secrets. It is logged as `detail`. */
export class OwnError extends Error {}

/** The parts of an error that a line contains. */
export interface LoggedError {
  /** The class. */
  readonly error: string
  /** A stable code of the error or of its causes. */
  readonly code?: string
  /** The classes of its causes, outermost first. */
  readonly cause?: string
  readonly detail?: string
  /** Where it was thrown. */
  readonly frames?: string
}

const maxCauses = 4
const maxFrames = 6
const detailUnits = 300
const className = /^[A-Za-z_$][\w$]{0,63}$/
/** Codes of systems and of SQLSTATE: ECONNREFUSED, ERR_JWT_EXPIRED, 42P01. */
const stableCode = /^[A-Z0-9][A-Z0-9_]{1,47}$/
/** Function, file, line and column, as V8 writes them. */
const frame = /^ +at (?:(?:async |new )*[\w$.<>#[\] ]{1,120} \()?[^\s()]{1,300}:\d+:\d+\)?$/

/** The loggable parts of any caught value. */
export function describeError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { error: typeof error }
  const causes = causesOf(error)
  const code = [error, ...causes].map(codeOf).find((value) => value !== undefined)
  const frames = framesOf(error)
  return {
    error: nameOf(error),
    ...(code && { code }),
    ...(causes.length > 0 && { cause: causes.map(nameOf).join(' < ') }),
    ...(error instanceof OwnError && { detail: error.message.slice(0, detailUnits) }),
    ...(frames && { frames }),
  }
}

function causesOf(error: Error): Error[] {
  const causes: Error[] = []
  for (let next = error.cause; next instanceof Error && causes.length < maxCauses; next = next.cause) causes.push(next)
  return causes
}

/** A name that is not an identifier may be user content. */
const nameOf = ({ name }: Error): string => (typeof name === 'string' && className.test(name) ? name : 'Error')

function codeOf(error: Error): string | undefined {
  const code: unknown = 'code' in error ? error.code : undefined
  return typeof code === 'string' && stableCode.test(code) ? code : undefined
}

/** The class before the message, at the start of a V8 stack. */
const header = /^[\w$.]{1,64}(?:: )?$/

/** A stack starts with the message, which may look like frames. The stack is used only if the whole message is found. */
function framesOf({ stack, message }: Error): string {
  if (typeof stack !== 'string' || typeof message !== 'string') return ''
  const index = message === '' ? stack.search(/\n|$/) : stack.indexOf(message)
  const rest = stack.slice(index + message.length)
  if (index < 0 || !header.test(stack.slice(0, index)) || !/^(?:\n|$)/.test(rest)) return ''
  const lines = rest.split('\n').filter((line) => frame.test(line))
  return lines
    .slice(0, maxFrames)
    .map((line) => line.trim())
    .join(' | ')
}
