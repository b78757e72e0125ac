/** Reads requests by a service's schema. */
import { z } from 'zod'
import type { Refusal } from './service.ts'

/** A tool's name, as every service takes it. */
export const toolName = z.string().regex(/^[\w-]{1,64}$/)
/** A JSON Schema of a tool's arguments. */
export const ArgumentsSchema = z.looseObject({ type: z.literal('object'), properties: z.record(z.string(), z.unknown()).optional() })
/** A tool that the request offers, in the form of chat completions. */
export const OfferedTool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({ name: toolName, description: z.string(), parameters: ArgumentsSchema }),
})
/** A JSON Schema of an answer. No service takes every keyword. */
export const AnswerSchema = z
  .looseObject({ type: z.literal('object') })
  .refine((schema) => !JSON.stringify(schema).includes('multipleOf'), "property 'multipleOf' is not supported")
/** A text that a reader can see. */
export const visibleText = z.string().refine((text) => text.trim() !== '', 'must not be empty')

/** The first problem of `body` by `schema`; undefined: none. */
export function schemaProblem(schema: z.ZodType, body: unknown): Refusal | undefined {
  const { error } = schema.safeParse(body)
  const issue = error?.issues[0]
  return issue && { status: 400, text: `${issue.path.join('.') || 'request'}: ${issue.message}` }
}

/** The refusal if `text` names a problem. */
export const refused = (text: string | undefined, status = 400): Refusal | undefined => (text === undefined ? undefined : { status, text })

/** One server-sent event. */
export const serverSentEvent = (data: object, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`
