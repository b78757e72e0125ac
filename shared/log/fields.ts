/**
 * The fields of log lines, each declared once with form and meaning. The forms are numbers, enumerations and ids. Only the form of
 * `said` takes a sentence, so other fields hold no free text.
 */
import { idPattern } from '../ids.ts'
import { BoundedMap } from '../lib/bounded-map.ts'

type Form<T> = (value: unknown) => value is T

const matching =
  (pattern: RegExp): Form<string> =>
  (value): value is string =>
    typeof value === 'string' && pattern.test(value)
const oneOf =
  <const T extends readonly string[]>(...values: T): Form<T[number]> =>
  (value): value is T[number] =>
    typeof value === 'string' && values.includes(value)
const number: Form<number> = (value): value is number => typeof value === 'number' && Number.isFinite(value)
const uuid = matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

/** Name → form and meaning, in the order of a line. `docs/runbook/logs.md` has the same table; a test compares them. */
export const logFields = {
  request: [uuid, "The gateway's request, as in `x-request-id`."],
  tenant: [matching(idPattern), 'The tenant.'],
  session: [matching(idPattern), 'The session.'],
  turn: [uuid, 'The turn.'],
  call: [uuid, 'The tool call.'],
  method: [matching(/^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/), 'The HTTP method.'],
  route: [matching(/^\/[\w:{}*./-]{0,120}$/), "The route's pattern, not the path."],
  status: [number, 'The HTTP status.'],
  outcome: [
    oneOf('completed', 'failed', 'cancelled', 'calls', 'denied', 'unknown', 'unclaimed', 'late', 'parked', 'delegated'),
    'How it ended.',
  ],
  ms: [number, 'How long it took, milliseconds.'],
  input_tokens: [number, 'Tokens that the model read.'],
  output_tokens: [number, 'Tokens that the model wrote.'],
  tool: [matching(/^[a-z][\w.-]{0,63}$/), "The tool's name in the catalog."],
  consumer: [oneOf('relay', 'memory', 'topics'), 'The consumer of session logs.'],
  queue: [matching(/^[a-z][a-z-]{0,63}$/), 'The queue.'],
  message: [matching(/^[\w-]{1,64}$/), "The queue message's id."],
  attempts: [number, 'The number of attempts.'],
  token: [number, 'The fencing token of the attempt.'],
  timer: [oneOf('turn', 'call', 'home', 'ring', 'erase', 'files', 'recording', 'agent'), 'The kind of timer.'],
  count: [number, 'Events, entries or messages, as the event says.'],
  percent: [number, 'The used share of a storage, percent.'],
  why: [oneOf('tenant', 'subject', 'account'), 'What a sign-in lacks. `account`: the user was removed, or belongs to another issuer.'],
  fault: [matching(/^[a-z_]{1,32}$/), 'Why a credential is refused, as in the `error_description` of the response.'],
  issuer: [matching(/^[\x21-\x7e]{1,200}$/), 'The issuer that a refused token names.'],
  subject: [matching(/^[\x21-\x7e]{1,255}$/), 'The operator, in `admin.called` only.'],
  target: [matching(/^[A-Za-z0-9][\w-]{0,63}(\/[A-Za-z0-9][\w-]{0,63})?$/), 'The tenant, or `tenant/session`, that an operator named.'],
  key: [matching(/^[\w.:+/=-]{1,100}$/), "A signing key's id."],
  variable: [matching(/^[A-Z][A-Z0-9_]{1,63}$/), 'The variable.'],
  instead: [oneOf('refuse', 'default', 'unavailable'), 'What a Worker does with a wrong value.'],
  exit: [number, 'The exit code of a process.'],
  task: [oneOf('title', 'summary'), 'What the utility model had to write.'],
  reason: [oneOf('failed', 'empty', 'slow'), 'Why the utility model wrote nothing. `slow`: it took more than 20 s.'],
  verdict: [
    oneOf('remembered', 'merged', 'known', 'full', 'denied', 'again', 'other_user', 'short', 'long', 'command', 'no_statement'),
    'What became of a message in memory. `merged`: it was said before. `no_statement`: it states nothing.',
  ],
  provider_code: [matching(/^[\w.-]{1,60}$/), "The code of a model provider's error."],
  said: [matching(/^[^\r\n]{0,300}$/), "A masked excerpt of a model provider's error, without keys."],
} as const satisfies Readonly<Record<string, readonly [Form<string> | Form<number>, string]>>

type Declared = typeof logFields

/** The fields of a line, without the error. A value in another form than the declared one is written as `?`. */
export type LogFields = {
  readonly [Name in keyof Declared]?: (Declared[Name][0] extends Form<infer T> ? T : never) | null | undefined
}

type FieldCheck = readonly [name: string, fits: (value: unknown) => boolean]

const fieldChecks: readonly FieldCheck[] = Object.entries(logFields).map(([name, [fits]]) => [name, fits as (value: unknown) => boolean])

/** The checks of a line's fields, by the property names of its object. Each logging statement adds at most one entry. */
const checksByKeys = new BoundedMap<string, readonly FieldCheck[]>(1_000)

/** The declared fields of `values`, in the order of their declaration. Other properties are not read. */
export function writtenFields(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const key = Object.keys(values).join()
  let present = checksByKeys.get(key)
  if (!present) {
    present = fieldChecks.filter(([name]) => Object.hasOwn(values, name))
    checksByKeys.set(key, present)
  }
  const fields: Record<string, unknown> = {}
  for (const [name, fits] of present) {
    const value = values[name]
    if (value !== undefined && value !== null) fields[name] = fits(value) ? value : '?'
  }
  return fields
}

/** A unit of work, as Workers and objects pass it on. A call of a model without a session has neither session nor turn. */
export interface JobIds {
  readonly tenant: string
  readonly session?: string
  readonly turn_id?: string
  readonly call_id?: string
  readonly request?: string | undefined
}

/** The fields that identify a job. */
export const jobFields = ({ request, tenant, session, turn_id: turn, call_id: call }: JobIds): LogFields => ({
  request,
  tenant,
  session,
  turn,
  call,
})
