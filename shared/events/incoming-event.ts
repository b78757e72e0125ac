/**
 * Events from outside: of an import, or in the rows of a backup. They meet every limit that the API and the session object enforce. Pure:
 * the clock is passed in.
 */
import type { z } from 'zod'
import { limits } from '../api/limits.ts'
import { askLimits } from '../tool/ask.ts'
import { resultUnits } from '../tool/executor.ts'
import { callLimits } from '../turn/runner.ts'
import { Event, type Metadata, summaryUnits } from './event.ts'
import { clientMetadata, metadataProblem } from './metadata.ts'

/** The earliest time of an event: the year 2000. Unix ms. */
const earliestAt = Date.UTC(2000)
/** How far the clock of the sender may be ahead. Milliseconds. */
const clockLeewayMs = 300_000
/** How far ahead an approval may wait. Milliseconds. */
const maxApprovalWaitMs = 366 * 86_400_000
/** The largest seq. A session can append after it, and every number stays exact. */
export const maxSeq = 2 ** 40
/** The largest other number: a count or a duration. */
const maxNumber = 2 ** 40
/** Elements of a list. */
const maxElements = 100
/** The note that the session adds to a result that it cuts. */
const noteUnits = 100
const idUnits = 64

/** UTF-16 units by field, or by `type/field` where a type has a different limit. */
const maxUnits: ReadonlyMap<string, number> = new Map(
  Object.entries({
    type: idUnits,
    title: limits.titleUnits,
    'item.added/text': limits.messageUnits,
    'context.summarized/text': summaryUnits,
    'item.closed/text': limits.itemUnits,
    'item.closed/reasoning': limits.reasoningUnits,
    kind: idUnits,
    'call.ended/text': resultUnits + noteUnits,
    arguments: callLimits.argumentsUnits,
    name: callLimits.nameUnits,
    provider_fields: 16_384,
    reason: limits.reasonUnits,
    reasons: limits.reasonUnits,
    subject: 255,
    by: 255,
    event_id: 255,
    session: idUnits,
    persona_id: idUnits,
    model: 200,
    instructions_sha256: idUnits,
    turn_id: idUnits,
    item_id: idUnits,
    call_id: idUnits,
    parent_turn_id: idUnits,
    through_turn_id: idUnits,
    regenerates: idUnits,
    about: idUnits,
    backup: idUnits,
    role: idUnits,
    role_at_most: idUnits,
    outcome: idUnits,
    omission: idUnits,
    effect: idUnits,
    ask: idUnits,
    source: idUnits,
    rule: idUnits,
    binding: idUnits,
    grant: idUnits,
    grant_tool: callLimits.nameUnits,
    choices: askLimits.choiceUnits,
    answer: askLimits.answerUnits,
    via: idUnits,
    tool: callLimits.nameUnits,
  }),
)

/** The limit of a text field. Undefined: the field is of a type that this code does not know. */
export const unitsOf = (type: string, field: string): number | undefined => maxUnits.get(`${type}/${field}`) ?? maxUnits.get(field)

/** A value that exceeds a limit. `path` leads to it. */
export interface LimitViolation {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** The limits that `event` exceeds. Also for types of a newer release: their unknown texts are at most an item. */
export function* limitViolations(event: { readonly type: string }, now: number): Generator<LimitViolation> {
  yield* violationsIn(event, [], event.type, now)
}

function* violationsIn(value: unknown, path: readonly (string | number)[], type: string, now: number): Generator<LimitViolation> {
  const field = String(path.findLast((part) => typeof part === 'string') ?? '')
  if (typeof value === 'string') {
    const units = unitsOf(type, field) ?? limits.itemUnits
    if (value.length > units) yield { path, message: `must have at most ${units} UTF-16 units` }
  } else if (typeof value === 'number') {
    const message = numberProblem(field, value, now)
    if (message) yield { path, message }
  } else if (Array.isArray(value)) {
    if (value.length > maxElements) return yield { path, message: `must have at most ${maxElements} elements` }
    for (const [index, element] of value.entries()) yield* violationsIn(element, [...path, index], type, now)
  } else if (type === 'turn.accepted' && field === 'response_format') {
    // Its own schema bounds it.
    return
  } else if (field === 'metadata' && value !== null) {
    const message = metadataProblem(clientMetadata(value as Metadata))
    if (message) yield { path, message }
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    if (entries.length > maxElements) return yield { path, message: `must have at most ${maxElements} fields` }
    for (const [key, element] of entries) yield* violationsIn(element, [...path, key], type, now)
  }
}

function numberProblem(field: string, value: number, now: number): string | undefined {
  const latest = { at: now + clockLeewayMs, restored_at: now + clockLeewayMs, until: now + maxApprovalWaitMs }[field]
  if (latest !== undefined)
    return value >= earliestAt && value <= latest ? undefined : 'must be a time between the year 2000 and now, in Unix milliseconds'
  const max = field === 'seq' || field === 'after' ? maxSeq : maxNumber
  return value >= 0 && value <= max ? undefined : `must be between 0 and ${max}`
}

/** The schema of an event that comes in at `now`, Unix ms. */
export const incomingEvent = (now: number): z.ZodType<Event> =>
  Event.superRefine((event, context) => {
    for (const { path, message } of limitViolations(event, now)) context.addIssue({ code: 'custom', path: [...path], message })
  })

const knownTypes: ReadonlySet<unknown> = new Set(Event.options.map((option) => option.shape.type.value))

/** The problem of a stored event that comes in at `now`. Types of a newer release pass, within the limits. Undefined: none. */
export function incomingProblem(event: Readonly<Record<string, unknown>>, now: number): LimitViolation | undefined {
  const { type } = event
  if (typeof type !== 'string') return { path: ['type'], message: 'must be text' }
  if (!knownTypes.has(type)) return limitViolations({ ...event, type }, now).next().value ?? undefined
  const [issue] = incomingEvent(now).safeParse(event).error?.issues ?? []
  return issue && { path: issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part)), message: issue.message }
}
