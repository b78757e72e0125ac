/** The definition of a tool: name and description for the model, checked arguments, and its effect when it runs again. */
import { z } from 'zod'
import type { Effect } from '../events/event.ts'
import { fail, ok, type Result } from '../result.ts'

/** A tool's declaration, for the model and for the session. */
export interface ToolSpec {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly effect: Effect
  /** Timeout of one run, ms. */
  readonly timeout_ms: number
}

/** A tool that an executor can run. */
export interface Tool extends ToolSpec {
  /** `args`: JSON as the model wrote it. Throws only on a bug. Every other failure is a refusal in words for the model. */
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

/** Makes a tool. Its arguments are checked before it runs. Unknown keys are refused. */
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
      // The parsed value has the shape's type. Zod's inference over a generic shape does not express that.
      return ok(await run(parsed.data as z.infer<z.ZodObject<Shape>>, signal))
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
