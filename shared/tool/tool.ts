/** The definition of a tool: name and description for the model, checked arguments, and its effect when it runs again. */
import { z } from 'zod'
import type { DelegateRequest } from '../agent/delegation.ts'
import type { Effect } from '../events/event.ts'
import { fail, ok, type Result } from '../result.ts'
import type { ApprovalRule } from './approval-rule.ts'
import type { ToolContext } from './context.ts'
import { type AskVerdict, type CallJob, resultUnits } from './executor.ts'

/** What a turn needs to know of a tool: for the model, and for the session. */
export interface ToolSpec {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly effect: Effect
  /** Timeout of one run, ms. */
  readonly timeout_ms: number
  /** It can check what became of a run that was cut off. */
  readonly checks?: true
}

/** What a tool declares. The catalog of a workspace may change some of it. */
export interface ToolDeclaration extends ToolSpec {
  /** Longest result for the model, in UTF-16 units. A longer one is cut. */
  readonly output_units: number
  /** The scopes that the requester must have. */
  readonly scopes: readonly string[]
  readonly approval: ApprovalRule
}

/** What became of the effect of a run that was cut off. `happened`: the result for the model. */
export type Checked = { readonly happened: string } | 'not_happened' | 'unknown'

/** A question to the user, whose answer is the result of the call. Without choices, the answer is free text. */
export interface Question {
  readonly text: string
  readonly choices?: string[] | undefined
}

/** A task for a sub-agent, whose answer is the result of the call. */
export type Task = Pick<DelegateRequest, 'persona_id' | 'message'>

/** A tool that an executor can run. */
export interface Tool extends ToolDeclaration {
  /** Why these arguments are refused, in words for the model; null: they are valid. */
  problem(args: string): string | null
  /** The question that the call asks. A tool with questions does not run. `args` are valid. */
  question?(args: string): Question
  /** The task that the call gives to a sub-agent. A tool with tasks does not run. `args` are valid. */
  delegates?(args: string): Task
  /** Asks the outside what became of a run that was cut off. */
  check?(args: string, context: ToolContext): Promise<Checked>
  /** `args`: JSON as the model wrote it. Throws only on a bug. Every other failure is a refusal in words for the model. */
  run(args: string, context: ToolContext): Promise<Result<string, string>>
}

/** A failure that the model is told in words, for example that a name does not exist. Nothing else of an error leaves a tool. */
export class ToolFailure extends Error {}

/** A call that had no effect, and runs again after a user has done what the message says. Thrown by `run`. */
export class ToolWaits extends Error {
  /** What the user is asked instead of the call itself. */
  readonly asks: AskVerdict | undefined

  constructor(message: string, asks?: AskVerdict) {
    super(message)
    this.asks = asks
  }
}

/** Names a call in its session. An attempt that runs it again has the same name. */
export const callKey = ({ turn_id, call_id }: Pick<CallJob, 'turn_id' | 'call_id'>): string => `${turn_id}/${call_id}`

/** What a tool declares, without its functions. */
export function declarationOf(tool: Tool): ToolDeclaration {
  const { run: _, problem: __, question: ___, check: ____, delegates: _____, ...declared } = tool
  return declared
}

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
  check?(args: z.infer<z.ZodObject<Shape>>, context: ToolContext): Promise<Checked>
  question?(args: z.infer<z.ZodObject<Shape>>): Question
  delegates?(args: z.infer<z.ZodObject<Shape>>): Task
}

/** Makes a tool. Its arguments are checked before it runs. Unknown keys are refused. */
export function tool<Shape extends z.ZodRawShape>({
  arguments: shape,
  run,
  check,
  question,
  delegates,
  ...declared
}: Definition<Shape>): Tool {
  const Arguments = z.strictObject(shape)
  // The parsed value has the shape's type. Zod's inference over a generic shape does not express that.
  type Args = z.infer<z.ZodObject<Shape>>
  const parse = (args: string) => Arguments.safeParse(parseJson(args))
  const problemOf = (error: z.ZodError) => `The arguments are not valid: ${z.prettifyError(error)}`
  const { $schema: _, ...parameters } = z.toJSONSchema(Arguments)
  return {
    timeout_ms: 30_000,
    output_units: resultUnits,
    scopes: [],
    approval: 'never',
    ...declared,
    parameters,
    problem(args) {
      const { error } = parse(args)
      return error ? problemOf(error) : null
    },
    ...(question && { question: (args: string) => question(Arguments.parse(parseJson(args)) as Args) }),
    ...(delegates && { delegates: (args: string) => delegates(Arguments.parse(parseJson(args)) as Args) }),
    ...(check && {
      checks: true as const,
      check: async (args: string, context: ToolContext) => check(Arguments.parse(parseJson(args)) as Args, context),
    }),
    async run(args, context) {
      const parsed = parse(args)
      if (!parsed.success) return fail(problemOf(parsed.error))
      try {
        return ok(await run(parsed.data as Args, context))
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
