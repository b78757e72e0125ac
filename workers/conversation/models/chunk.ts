/** The parts of a provider's chunk that the driver reads. Every field may be missing; a field that is present must have one of the known shapes. */
import { z } from 'zod'
import { CallPiece } from './call-pieces.ts'

const isPlainObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A list. Its null entries are skipped. */
const withoutNulls = <T extends z.ZodType>(entry: T) =>
  z.array(entry.nullish()).transform((entries) => entries.filter((value) => value !== null && value !== undefined))

const Part = z.looseObject({ type: z.string().nullish(), text: z.unknown().optional(), refusal: z.unknown().optional() })
type Part = z.infer<typeof Part>
const Content = z.union([z.string(), Part, withoutNulls(z.union([z.string(), Part]))])

/** A `delta`, or the whole `message` that some providers send in its place. */
const AnswerMessage = z.looseObject({
  content: Content.nullish(),
  refusal: z.string().nullish(),
  /** A list, or one piece without a list. */
  tool_calls: z.preprocess((calls) => (isPlainObject(calls) ? [calls] : calls), withoutNulls(CallPiece).nullish()),
  function_call: CallPiece.shape.function,
})
export type AnswerMessage = z.infer<typeof AnswerMessage>

const Choice = z.object({
  index: z.union([z.number(), z.string()]).nullish(),
  delta: AnswerMessage.nullish(),
  message: AnswerMessage.nullish(),
  text: z.string().nullish(),
  finish_reason: z.union([z.string(), z.number(), z.boolean()]).nullish(),
  /** OpenRouter reports an error within the choice. */
  error: z.unknown().optional(),
})
export type Choice = z.infer<typeof Choice>

/** One event of an answer. */
export const Chunk = z.looseObject({
  object: z.string().nullish(),
  type: z.string().nullish(),
  choices: z.array(Choice).nullish(),
  usage: z.unknown().optional(),
  error: z.unknown().optional(),
})
export type Chunk = z.infer<typeof Chunk>

const partsOf = (content: AnswerMessage['content']): readonly (string | Part)[] =>
  content === null || content === undefined ? [] : Array.isArray(content) ? content : [content]

/** The text of a content. Reasoning parts and parts of an unknown type are skipped. */
export const textOf = (content: AnswerMessage['content']): string =>
  partsOf(content)
    .map((part) => {
      if (typeof part === 'string') return part
      const isText = part.type === 'text' || part.type === 'output_text' || part.type === null || part.type === undefined
      return isText && typeof part.text === 'string' ? part.text : ''
    })
    .join('')

/** The text of a model's refusal. */
export const refusalOf = (delta: AnswerMessage): string =>
  (delta.refusal ?? '') +
  partsOf(delta.content)
    .map((part) => (typeof part !== 'string' && typeof part.refusal === 'string' ? part.refusal : ''))
    .join('')

/** The chosen answer: the first with index 0 or without an index. */
export const choiceOf = ({ choices }: Chunk): Choice | undefined => choices?.find(({ index }) => Number(index ?? 0) === 0)
