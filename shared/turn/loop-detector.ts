/** When a turn goes in circles: a pure look at the tool calls it has made so far. Ask after every model call that asks for tools. */

export interface LoopLimits {
  /** Model calls that ask for tools, in one turn. */
  readonly rounds: number
  /** Times one tool may be called with the same arguments in one turn. A poll that changes its arguments is no loop. */
  readonly sameCalls: number
  /** Tool calls in one turn, all rounds together. */
  readonly calls: number
}

export const loopLimits: LoopLimits = { rounds: 16, sameCalls: 3, calls: 64 }

/** A call as the model asked for it; `arguments` is JSON, or whatever the model took for it. */
export interface CallSignature {
  readonly name: string
  readonly arguments: string
}

/**
 * Why a turn must stop, in words for the user, or null. `rounds`: what each model call of the turn asked for, in order, the last one
 * not yet run. Nothing of a call but its tool's name is repeated.
 */
export function detectLoop(rounds: readonly (readonly CallSignature[])[], limits: LoopLimits = loopLimits): string | null {
  const asked = rounds.flat()
  const counts = new Map<string, number>()
  for (const call of asked) {
    const key = JSON.stringify([call.name, sameText(call.arguments)])
    const count = (counts.get(key) ?? 0) + 1
    if (count > limits.sameCalls) {
      return `The model asked for \`${nameOf(call)}\` with the same arguments more than ${limits.sameCalls} times, so the turn was stopped.`
    }
    counts.set(key, count)
  }
  if (asked.length > limits.calls) return `The model asked for more than ${limits.calls} tool calls in one turn, so it was stopped.`
  if (rounds.length > limits.rounds) return `The model asked for tools ${rounds.length} times in a row, so the turn was stopped.`
  return null
}

/** A tool's name as it may be shown: the model made it up, and may have made it long. */
const nameOf = ({ name }: CallSignature): string => name.replace(/[^\w.-]/g, '').slice(0, 64)

/** One text for arguments that mean the same: order of names and white space do not count. */
function sameText(json: string): string {
  try {
    return JSON.stringify(sorted(JSON.parse(json)))
  } catch {
    return json.trim()
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  // A list of pairs under a mark, for a name like `__proto__` would not survive in an object.
  const pairs = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return { object: pairs.map(([name, inner]) => [name, sorted(inner)]) }
}
