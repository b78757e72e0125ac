/** Detects a turn that repeats its tool calls. Pure. Call it after each model call that requests tools. */

/** The limits of one turn. */
export interface LoopLimits {
  /** Model calls with tool requests, in one turn. */
  readonly rounds: number
  /** Calls of one tool with the same arguments, in one turn. A poll with changing arguments is not a loop. */
  readonly sameCalls: number
  /** Tool calls in one turn, over all rounds. */
  readonly calls: number
}

/** The limits of every turn. */
export const loopLimits: LoopLimits = { rounds: 16, sameCalls: 3, calls: 64 }

/** A call as the model requested it. `arguments` is JSON, or any text that the model wrote instead. */
export interface CallSignature {
  readonly name: string
  readonly arguments: string
}

/**
 * Why a turn must stop, in words for the user; null: it may continue. `rounds`: the requests of each model call in order; the last ones
 * have not run. The text repeats nothing of a call but the tool's name.
 */
export function detectLoop(rounds: readonly (readonly CallSignature[])[], limits: LoopLimits = loopLimits): string | null {
  const calls = rounds.flat()
  const counts = new Map<string, number>()
  for (const call of calls) {
    const key = JSON.stringify([call.name, canonicalArguments(call.arguments)])
    const count = (counts.get(key) ?? 0) + 1
    if (count > limits.sameCalls) {
      return `The model asked for \`${nameOf(call)}\` with the same arguments more than ${limits.sameCalls} times, so the turn was stopped.`
    }
    counts.set(key, count)
  }
  if (calls.length > limits.calls) return `The model asked for more than ${limits.calls} tool calls in one turn, so it was stopped.`
  if (rounds.length > limits.rounds) return `The model asked for tools ${rounds.length} times in a row, so the turn was stopped.`
  return null
}

/** A tool's name for display. The model chose it, so it may be long. */
const nameOf = ({ name }: CallSignature): string => name.replace(/[^\w.-]/g, '').slice(0, 64)

/** One text for equal arguments: key order and white space do not count. */
function canonicalArguments(json: string): string {
  try {
    return JSON.stringify(sortKeys(JSON.parse(json)))
  } catch {
    return json.trim()
  }
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  // A marked list of pairs, because an object would lose a key such as `__proto__`.
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return { object: pairs.map(([name, inner]) => [name, sortKeys(inner)]) }
}
