/**
 * The provider's own fields of a call and of its message, such as `extra_content` (Gemini) and `reasoning_content` (DeepSeek). Some
 * providers require them back. The session records them as one JSON text that only the same provider gets.
 */
import { z } from 'zod'
import type { ModelCall } from '../../../shared/model/model.ts'
import type { AnswerMessage } from './chunk.ts'

/** Maximum recorded fields of one call: 16 KiB of JSON, in UTF-8 bytes. */
const maxBytes = 16_384

/** Fields of a message that belong to its calls. Others, such as filter results, are not sent back. */
const messageFields = /reasoning|thought|thinking|signature|extra_content/i

const Fields = z.record(z.string(), z.unknown())
const RecordedFields = z.object({ provider: z.string(), call: Fields.optional(), message: Fields.optional() })

/** Collects the fields of one answer. */
export class ProviderFields {
  readonly #provider: string
  readonly #message: Record<string, unknown> = {}

  constructor(provider: string) {
    this.#provider = provider
  }

  /** Adds a piece of the message. Returns whether it contained reasoning. */
  add(delta: AnswerMessage): boolean {
    let hasAdded = false
    for (const [name, value] of Object.entries(delta)) {
      if (!messageFields.test(name) || value === null || value === undefined || value === '') continue
      hasAdded = true
      const before = this.#message[name]
      if (typeof before === 'string' && typeof value === 'string') this.#message[name] = (before + value).slice(0, maxBytes)
      else if (Array.isArray(before) && Array.isArray(value)) this.#message[name] = [...before, ...value].slice(0, 200)
      else this.#message[name] = value
    }
    return hasAdded
  }

  /** The recorded text of a call with the fields `call`; undefined: there are none. The first call also records the message's fields. */
  of(call: Readonly<Record<string, unknown>>, isFirst: boolean): string | undefined {
    const hasCall = Object.keys(call).length > 0
    const hasMessage = isFirst && Object.keys(this.#message).length > 0
    if (!hasCall && !hasMessage) return undefined
    const fields = { provider: this.#provider, ...(hasCall && { call }), ...(hasMessage && { message: this.#message }) }
    return [fields, { ...fields, ...(hasMessage && { message: shortened(this.#message) }) }]
      .map((candidate) => JSON.stringify(candidate))
      .find(fits)
  }
}

const fits = (text: string): boolean => new TextEncoder().encode(text).length <= maxBytes

/** Cuts long texts: a provider that requires the field accepts a part of it. */
const shortened = (message: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(message).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value.slice(0, 1_500).toWellFormed()]] : [])),
  )

/** The fields of a recorded call that `provider` gets back. */
export function fieldsFor(
  { provider_fields: text }: ModelCall,
  provider: string,
): Pick<z.infer<typeof RecordedFields>, 'call' | 'message'> {
  if (text === undefined) return {}
  try {
    const fields = RecordedFields.safeParse(JSON.parse(text))
    return fields.success && fields.data.provider === provider ? fields.data : {}
  } catch {
    return {}
  }
}
