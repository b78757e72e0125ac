/** What a tool is: a name and a description for the model, arguments that are checked, and what happens when it is run again. */
import { z } from 'zod'
import type { Effect } from '../events/event.ts'
import { fail, ok, type Result } from '../result.ts'

/** What a model is told of a tool, and what a session must know to call it. */
export interface ToolSpec {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly effect: Effect
  /** How long one run may take, ms. */
  readonly timeout_ms: number
}

export interface Tool extends ToolSpec {
  /** `args`: JSON, as the model wrote it. Throws only on a fault of its own; what went wrong otherwise is a refusal, in words for the model. */
  run(args: string, signal: AbortSignal): Promise<Result<string, string>>
}

interface Definition<Shape extends z.ZodRawShape> {
  readonly name: string
  readonly description: string
  readonly arguments: Shape
  readonly effect: Effect
  readonly timeout_ms?: number
  run(args: z.infer<z.ZodObject<Shape>>, signal: AbortSignal): Promise<string> | string
}

/** A tool whose arguments are checked before it runs; keys that it does not name are refused. */
export function tool<Shape extends z.ZodRawShape>({ arguments: shape, timeout_ms = 30_000, run, ...spec }: Definition<Shape>): Tool {
  const Arguments = z.strictObject(shape)
  const { $schema: _, ...parameters } = z.toJSONSchema(Arguments)
  return {
    ...spec,
    timeout_ms,
    parameters,
    async run(args, signal) {
      const parsed = Arguments.safeParse(parseJson(args))
      if (!parsed.success) return fail(`The arguments are not valid: ${z.prettifyError(parsed.error)}`)
      // What was parsed has the shape's own type; zod's inference over a generic shape does not say so.
      return ok(await run(parsed.data as z.infer<z.ZodObject<Shape>>, signal))
    },
  }
}

/** No arguments at all are none; what is no JSON stays undefined, which no schema accepts. */
function parseJson(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
