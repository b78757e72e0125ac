/**
 * Assembles the tool calls of an OpenAI-compatible answer from their pieces. The rules:
 * - A piece with a new id and a name starts a call, at any index. So does a name under a new index.
 * - A piece that repeats a known id or index belongs to that call. A piece with neither belongs to the last call.
 * - A name is set once. Arguments that are a whole JSON object are not appended to. An empty object is replaced by another one.
 * - A second whole object under a known id or index, if it differs, starts another call of that name.
 */
import { z } from 'zod'
import { ModelError } from '../../../shared/model/model.ts'
import { ObjectEnd } from './object-end.ts'

const functionFields = { name: z.string().nullish(), arguments: z.unknown().optional() }

/**
 * A piece of a call. Providers differ in what they leave out. Some send JSON where a text belongs, or the fields of `function` without it.
 */
export const CallPiece = z.looseObject({
  index: z.coerce.number().nullish(),
  id: z.coerce.string().nullish(),
  function: z.looseObject(functionFields).nullish(),
  ...functionFields,
})
export type CallPiece = z.infer<typeof CallPiece>

/** A complete call. `extra` holds the provider's own fields of it. */
export interface CompleteCall {
  readonly name: string
  readonly arguments: string
  readonly extra: Readonly<Record<string, unknown>>
}

/** Limits of the calls of one answer: UTF-16 units, and their number. */
const callUnits = 1_000_000
const callCount = 128

interface OpenCall {
  readonly ids: Set<string>
  readonly index: number | undefined
  end: ObjectEnd
  name: string
  arguments: string
  extra: Record<string, unknown>
}

/** The calls of one answer. Provider ids are dropped, because providers repeat them. The session assigns its own. */
export class CallPieces {
  readonly #calls: OpenCall[] = []
  #units = 0

  /** The calls as assembled so far. */
  get calls(): readonly CompleteCall[] {
    return this.#calls.map(({ name, arguments: args, extra }) => ({ name, arguments: args, extra }))
  }

  add(pieces: readonly CallPiece[]): void {
    for (const piece of pieces) this.#add(piece)
  }

  #add({ index, id, function: nested, name: flatName, arguments: flatArguments, type: _, ...extra }: CallPiece): void {
    const fields = nested ?? { name: flatName, arguments: flatArguments }
    const name = fields.name?.trim() ?? ''
    const args = argumentsText(fields.arguments)
    this.#units += name.length + args.length
    if (this.#units > callUnits || this.#calls.length > callCount)
      throw new ModelError('The model requested too many tools, or arguments that are too long.')
    const call = this.#callOf(index ?? undefined, id ?? '', name, args)
    if (id) call.ids.add(id)
    if (call.name === '') call.name = name
    call.extra = { ...call.extra, ...extra }
    if (isEmptyObject(call) && args.trimStart().startsWith('{')) {
      // Some providers send `{}` first, and then the arguments.
      call.arguments = ''
      call.end = new ObjectEnd()
    }
    call.arguments += call.end.add(args)
  }

  #callOf(index: number | undefined, id: string, name: string, args: string): OpenCall {
    const current = this.#find(index, id)
    if (current && !startsCall(current, index, id, name, args)) return current
    const call: OpenCall = { ids: new Set(), index, end: new ObjectEnd(), name: '', arguments: '', extra: {} }
    this.#calls.push(call)
    return call
  }

  /** The call under the id, else under the index, else the last one. */
  #find(index: number | undefined, id: string): OpenCall | undefined {
    const matching = this.#calls.filter(({ ids }) => ids.has(id))
    return (
      matching.findLast((call) => index === undefined || call.index === index) ??
      matching.at(-1) ??
      this.#calls.findLast((call) => index !== undefined && call.index === index) ??
      this.#calls.at(-1)
    )
  }
}

const isEmptyObject = ({ end, arguments: args }: OpenCall): boolean => end.isReached && /^\s*\{\s*\}$/.test(args)

function argumentsText(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Whether a piece starts a new call, and does not belong to `call`. */
function startsCall(call: OpenCall, index: number | undefined, id: string, name: string, args: string): boolean {
  const isNewIndex = index !== undefined && call.index !== index
  if (name === '') return id !== '' && !call.ids.has(id) && isNewIndex
  const isWithoutId = call.ids.size === 0 && call.arguments === ''
  if (isNewIndex || (id !== '' && !call.ids.has(id) && !isWithoutId)) return true
  return call.end.isReached && isObject(args) && args.trim() !== call.arguments.trim()
}

function isObject(json: string): boolean {
  try {
    return typeof JSON.parse(json) === 'object'
  } catch {
    return false
  }
}
