/** The definition of a tool: name and description for the model, checked arguments, and its effect when it runs again. */
import { z } from 'zod'
import type { Effect } from '../events/event.ts'
import { fail, ok, type Result } from '../result.ts'
import type { ApprovalRule } from './approval-rule.ts'
import type { ToolContext } from './context.ts'
import { resultUnits } from './executor.ts'

/** What a turn needs to know of a tool: for the model, and for the session. */
export interface ToolSpec {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly effect: Effect
  /** Timeout of one run, ms. */
  readonly timeout_ms: number
}

/** What a tool declares. The catalog of a workspace may change some of it. */
export interface ToolDeclaration extends ToolSpec {
  /** Longest result for the model, in UTF-16 units. A longer one is cut. */
  readonly output_units: number
  /** The scopes that the requester must have. */
  readonly scopes: readonly string[]
  readonly approval: ApprovalRule
}

/** A tool that an executor can run. */
export interface Tool extends ToolDeclaration {
  /** `args`: JSON as the model wrote it. Throws only on a bug. Every other failure is a refusal in words for the model. */
  run(args: string, context: ToolContext): Promise<Result<string, string>>
}

/** A failure that the model is told in words, for example that a name does not exist. Nothing else of an error leaves a tool. */
export class ToolFailure extends Error {}

interface Definition<Shape extends z.ZodRawShape> {
  readonly name: string
  readonly description: string
  readonly arguments: Shape
  readonly effect: Effect
  readonly timeout_ms?: number
  readonly output_units?: number
  readonly scopes?: readonly string[]
  readonly approval?: ApprovalRule
  run(args: z.infer<z.ZodObject<Shape>>, context: ToolContext): Promise<string> | string
}

/** Makes a tool. Its arguments are checked before it runs. Unknown keys are refused. */
export function tool<Shape extends z.ZodRawShape>({ arguments: shape, run, ...declared }: Definition<Shape>): Tool {
  const Arguments = z.strictObject(shape)
  const { $schema: _, ...parameters } = z.toJSONSchema(Arguments)
  return {
    timeout_ms: 30_000,
    output_units: resultUnits,
    scopes: [],
    approval: 'never',
    ...declared,
    parameters,
    async run(args, context) {
      const parsed = Arguments.safeParse(parseJson(args))
      if (!parsed.success) return fail(`The arguments are not valid: ${z.prettifyError(parsed.error)}`)
      try {
        // The parsed value has the shape's type. Zod's inference over a generic shape does not express that.
        return ok(await run(parsed.data as z.infer<z.ZodObject<Shape>>, context))
      } catch (error) {
        if (error instanceof ToolFailure) return fail(error.message)
        throw error
      }
    },
  }
}

/** Empty text means no arguments. Invalid JSON becomes undefined, which no schema accepts. */
function parseJson(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
