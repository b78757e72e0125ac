/**
 * The host's side of the only function that a program can reach. Every text from the program is checked, and every answer is JSON text.
 * It holds no secret and has no effect of its own: it notes console lines, requests of calls, and how the program ends.
 */
import { z } from 'zod'
import { hostCalls, outputUnits, toolCalls, valueUnits } from '../../../shared/code/limits.ts'
import type { ConsoleLine, LimitName, ProgramCall } from '../../../shared/code/program.ts'

/** How the program says that it ended. */
export type Ending =
  | { readonly kind: 'done'; readonly value: string | null }
  | { readonly kind: 'failed'; readonly name: string; readonly message: string; readonly stack: string }

/** What a program has used of the host. A snapshot carries it, so that limits hold for the whole program. */
export const Counts = z.strictObject({ calls: z.int().min(0), outputUnits: z.int().min(0), toolCalls: z.int().min(0) })
export type Counts = z.infer<typeof Counts>

/** A text as the program passed it. */
export interface GuestText {
  readonly isString: boolean
  readonly length: number
  toString(): string
}

/** Why the host refuses a call. `error` is for the program. */
type Refusal = { readonly ok: false; readonly kind: 'malformed' | 'too_long' | 'limit'; readonly error: string }
type Answer = { readonly ok: true } | Refusal

/** Arguments of one call of the host function: a verb, then its texts. */
const maxTexts = 4
const Level = z.enum(['log', 'info', 'warn', 'error', 'debug'])
const Kind = z.enum(['none', 'text', 'json'])
const CallId = z.coerce.number().pipe(z.int().min(1).max(toolCalls))

export class Host {
  readonly console: ConsoleLine[] = []
  readonly calls: ProgramCall[] = []
  ending: Ending | undefined
  /** The program must stop at the next check for interrupts. */
  exceeded: LimitName | undefined
  #counts: Counts
  readonly #tools: ReadonlySet<string>

  constructor(tools: Iterable<string>, counts: Counts = { calls: 0, outputUnits: 0, toolCalls: 0 }) {
    this.#tools = new Set(tools)
    this.#counts = counts
  }

  get counts(): Counts {
    return this.#counts
  }

  /** Answers one call with JSON text. Never throws, whatever the program passes. */
  answer(texts: readonly GuestText[]): string {
    try {
      return JSON.stringify(this.#take(texts))
    } catch {
      return JSON.stringify(malformed)
    }
  }

  #take(texts: readonly GuestText[]): Answer {
    this.#counts = { ...this.#counts, calls: this.#counts.calls + 1 }
    if (this.#counts.calls > hostCalls) return this.#exceed('host_calls', `A program may call the host ${hostCalls} times.`)
    if (texts.length === 0 || texts.length > maxTexts || !texts.every(({ isString }) => isString)) return malformed
    if (texts.some(({ length }) => length > valueUnits)) return this.#refuseLength(texts[0])
    const [verb, ...rest] = texts.map(read)
    switch (verb) {
      case 'log':
        return this.#log(rest)
      case 'call':
        return this.#call(rest)
      case 'done':
        return this.#end(parseDone(rest))
      case 'failed':
        return this.#end(parseFailed(rest))
      default:
        return malformed
    }
  }

  /** Too long for the arguments of a call is an error of the program. Too long for the console or for its value ends it. */
  #refuseLength(verb: GuestText | undefined): Refusal {
    const isCall = verb !== undefined && verb.length <= 4 && read(verb) === 'call'
    const error = `A text may have at most ${valueUnits} characters.`
    return isCall ? { ok: false, kind: 'too_long', error } : this.#exceed('output', error)
  }

  #log([level, text, ...rest]: readonly string[]): Answer {
    const parsed = Level.safeParse(level)
    if (!parsed.success || text === undefined || rest.length > 0) return malformed
    // A line counts at least one unit, so empty ones end too.
    const units = this.#counts.outputUnits + text.length + 1
    if (units > outputUnits) return this.#exceed('output', `The console takes ${outputUnits} characters.`)
    this.#counts = { ...this.#counts, outputUnits: units }
    this.console.push({ level: parsed.data, text })
    return { ok: true }
  }

  #call([id, name, args, ...rest]: readonly string[]): Answer {
    const parsed = CallId.safeParse(id)
    if (name === undefined || args === undefined || rest.length > 0) return malformed
    if (this.#counts.toolCalls >= toolCalls) return this.#exceed('tool_calls', `A program may call tools ${toolCalls} times.`)
    // Ids count up, so a program cannot name a call twice.
    if (!parsed.success || parsed.data !== this.#counts.toolCalls + 1 || !this.#tools.has(name)) return malformed
    if (!isObject(args)) return notAnObject
    this.#counts = { ...this.#counts, toolCalls: parsed.data }
    this.calls.push({ id: parsed.data, name, arguments: args })
    return { ok: true }
  }

  /** The first ending counts. */
  #end(ending: Ending | null): Answer {
    if (ending === null) return malformed
    this.ending ??= ending
    return { ok: true }
  }

  #exceed(limit: LimitName, error: string): Refusal {
    this.exceeded ??= limit
    return { ok: false, kind: 'limit', error }
  }
}

const notAnObject: Refusal = { ok: false, kind: 'malformed', error: 'The arguments of a tool must be an object.' }
const malformed: Refusal = { ok: false, kind: 'malformed', error: 'The call of the host is not valid.' }

/** Throws if the engine had no memory for the text: it gives another text then. */
function read(text: GuestText): string {
  const value = text.toString()
  if (value.length !== text.length) throw new Error('a text cannot be read')
  return value
}

function parseDone([kind, text, ...rest]: readonly string[]): Ending | null {
  const parsed = Kind.safeParse(kind)
  if (!parsed.success || text === undefined || rest.length > 0) return null
  if (parsed.data === 'json' && !isJson(text)) return null
  return { kind: 'done', value: parsed.data === 'none' ? null : parsed.data === 'json' ? text : JSON.stringify(text) }
}

function parseFailed([name, message, stack, ...rest]: readonly string[]): Ending | null {
  if (name === undefined || message === undefined || stack === undefined || rest.length > 0) return null
  return { kind: 'failed', name, message, stack }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
