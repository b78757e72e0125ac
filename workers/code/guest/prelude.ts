/**
 * Runs inside the engine before each program: gives it `console` and `tools`, and reports how it ends.
 * `host` is the only way out. It takes and returns texts. A program that gets hold of it gains nothing: the host checks each call.
 */

/** Texts in, JSON text out. */
type Host = (...texts: string[]) => string

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

/** What the host keeps of the prelude. */
interface Guest {
  /** Reports how the program ends. */
  watch(program: Promise<{ value: unknown }>): void
  /** Settles a call. */
  settle(id: number, ok: boolean, text: string): void
}

// A program may replace these.
const { stringify, parse } = JSON
const { then } = Promise.prototype
const { apply } = Reflect
const { slice } = String.prototype
const { freeze, defineProperty, create } = Object
const TextOf = String
const PromiseOf = Promise
const ErrorOf = Error
/** Of the host of a page, or of threads. */
const removed = ['queueMicrotask', 'SharedArrayBuffer']
const levels = ['log', 'info', 'warn', 'error', 'debug'] as const

export function install(host: Host, toolNames: string): Guest {
  const pending: Record<number, Pending | undefined> = create(null)
  let calls = 0

  /** Tells the host, and throws what it answers. */
  const tell = (...texts: string[]): void => {
    const answer = parse(host(...texts)) as { ok: boolean; error?: string }
    if (!answer.ok) throw new ErrorOf(answer.error)
  }

  for (const name of removed) Reflect.deleteProperty(globalThis, name)
  const console: Record<string, unknown> = create(null)
  for (const level of levels)
    console[level] = (...values: unknown[]) => {
      let line = ''
      for (let index = 0; index < values.length; index += 1) line += (index === 0 ? '' : ' ') + describe(values[index])
      tell('log', level, line)
    }
  defineProperty(globalThis, 'console', { value: freeze(console), writable: true, configurable: true, enumerable: false })

  const names = parse(toolNames) as string[]
  if (names.length > 0) {
    const tools: Record<string, unknown> = create(null)
    for (const name of names)
      tools[name] = (args: unknown = {}) =>
        new PromiseOf((resolve, reject) => {
          const id = calls + 1
          tell('call', TextOf(id), name, stringify(args) ?? 'null')
          calls = id
          pending[id] = { resolve, reject }
        })
    defineProperty(globalThis, 'tools', { value: freeze(tools), writable: false, configurable: false, enumerable: false })
  }

  return {
    watch(program) {
      // A promise as the last value is waited for.
      const value = apply(then, program, [(result: { value: unknown }) => result.value])
      apply(then, value, [
        (settled: unknown) => tell('done', ...outcomeOf(settled)),
        (reason: unknown) => tell('failed', ...reasonOf(reason)),
      ])
    },
    settle(id, ok, text) {
      const call = pending[id]
      pending[id] = undefined
      if (call === undefined) return
      if (ok) return call.resolve(resultOf(text))
      const error = new ErrorOf(text)
      error.name = 'ToolError'
      call.reject(error)
    },
  }
}

/** A value as the host takes it: JSON if it has a JSON form, else text. */
function outcomeOf(value: unknown): [kind: string, text: string] {
  if (value === undefined) return ['none', '']
  const json = jsonOf(value)
  return json === undefined ? ['text', describe(value)] : ['json', json]
}

function jsonOf(value: unknown): string | undefined {
  try {
    return stringify(value)
  } catch {
    return undefined
  }
}

/** A value for people: texts as they are, errors by name and message. */
function describe(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof ErrorOf) return `${textOf(value.name)}: ${textOf(value.message)}`
  return (typeof value === 'object' ? jsonOf(value) : undefined) ?? textOf(value)
}

function textOf(value: unknown): string {
  try {
    return TextOf(value)
  } catch {
    return 'a value without a text'
  }
}

function reasonOf(reason: unknown): [name: string, message: string, stack: string] {
  if (!(reason instanceof ErrorOf)) return ['Error', cut(describe(reason)), '']
  return [cut(textOf(reason.name)), cut(textOf(reason.message)), cut(textOf(reason.stack))]
}

/** Longer errors say no more. */
const cut = (text: string): string => apply(slice, text, [0, 2_000]) as string

/** The result of a tool: an object or a list if it is JSON of one, else the text. */
function resultOf(text: string): unknown {
  if (text[0] !== '{' && text[0] !== '[') return text
  try {
    return parse(text)
  } catch {
    return text
  }
}
