/** Requests of the Agent2Agent protocol 1.0, over JSON-RPC. Fields that have no meaning here are accepted and ignored. */
import { z } from 'zod'
import { EventId, SessionId } from '../ids.ts'

const id = z.union([z.string().max(255), z.number(), z.null()])

/** One call of JSON-RPC. */
export const RpcCall = z.object({
  jsonrpc: z.literal('2.0'),
  id,
  method: z.string().max(100),
  params: z.record(z.string(), z.unknown()).default({}),
})
export type RpcCall = z.infer<typeof RpcCall>

const Part = z.looseObject({ text: z.string().optional() })

const SendParams = z.object({
  message: z.object({
    messageId: EventId,
    contextId: z
      .union([z.literal(''), SessionId])
      .optional()
      .transform((context) => context || undefined),
    taskId: z.string().max(255).default(''),
    role: z.literal('ROLE_USER'),
    parts: z.array(Part).min(1).max(1_000),
  }),
  configuration: z.looseObject({ returnImmediately: z.boolean().default(false) }).default({ returnImmediately: false }),
})
export type SendParams = z.infer<typeof SendParams>

const TaskParams = z.object({ id: z.string().max(255) })

/** The parameters of each method that this face has. */
export const a2aParams = {
  SendMessage: SendParams,
  SendStreamingMessage: SendParams,
  GetTask: TaskParams,
  CancelTask: TaskParams,
  SubscribeToTask: TaskParams,
  GetExtendedAgentCard: z.looseObject({}),
} as const
export type A2aMethod = keyof typeof a2aParams

/** Whether the face has this method. */
export const isA2aMethod = (method: string): method is A2aMethod => Object.hasOwn(a2aParams, method)
