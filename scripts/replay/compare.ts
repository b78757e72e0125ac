/** Compares the recorded events of a turn with those of its replay, byte by byte. Pure. */

/** One difference. `pointer` leads into the event; '' is the whole event. Absent values are undefined. */
export interface Difference {
  /** The position in the turn, from 1, and the type of the event. */
  readonly index: number
  readonly type: string
  readonly pointer: string
  readonly recorded: unknown
  readonly replayed: unknown
}

/** The ids that a session invents. */
const inventedIds = ['item_id', 'call_id'] as const

type Body = Readonly<Record<string, unknown>>

/** The bodies of the replay with the ids of the recording, in the order in which they first appear. */
function withRecordedIds(recorded: readonly Body[], replayed: readonly Body[]): Body[] {
  const idsOf = (bodies: readonly Body[], field: string) => [...new Set(bodies.flatMap((body) => (field in body ? [body[field]] : [])))]
  const names = inventedIds.map((field) => {
    const known = idsOf(recorded, field)
    return [field, new Map(idsOf(replayed, field).map((id, index) => [id, known[index] ?? id]))] as const
  })
  return replayed.map((body) => {
    const renamed: Record<string, unknown> = { ...body }
    for (const [field, ids] of names) if (field in renamed) renamed[field] = ids.get(renamed[field])
    return renamed
  })
}

/** The differences of two lists of events, each as it lies on disk. Empty: they are equal, byte by byte. */
export function differences(recorded: readonly string[], replayed: readonly string[]): Difference[] {
  const [before, after] = [recorded, replayed].map((bodies) => bodies.map((body) => JSON.parse(body) as Body)) as [Body[], Body[]]
  const renamed = withRecordedIds(before, after)
  const found: Difference[] = []
  for (let index = 0; index < Math.max(recorded.length, renamed.length); index++) {
    const [old, body] = [before[index], renamed[index]]
    if (old && body && recorded[index] === JSON.stringify(body)) continue
    const type = String((old ?? body)?.type)
    const inside = old && body && old.type === body.type ? [...valueDifferences(old, body, '')] : []
    // Equal values in another order are other bytes.
    const whole = { pointer: '', recorded: old, replayed: body }
    for (const each of inside.length > 0 ? inside : [whole]) found.push({ index: index + 1, type, ...each })
  }
  return found
}

const isObject = (value: unknown): value is Body => typeof value === 'object' && value !== null

function* valueDifferences(recorded: unknown, replayed: unknown, pointer: string): Generator<Omit<Difference, 'index' | 'type'>> {
  if (!isObject(recorded) || !isObject(replayed)) {
    if (recorded !== replayed) yield { pointer, recorded, replayed }
    return
  }
  for (const key of new Set([...Object.keys(recorded), ...Object.keys(replayed)]))
    yield* valueDifferences(recorded[key], replayed[key], `${pointer}/${key}`)
}
