/** Requests of the protocols of user interfaces: the AI SDK's chat and AG-UI. Both name a session. */
import { z } from 'zod'
import { SessionId } from '../ids.ts'
import { ignored } from './openai-chat.ts'

/** The persona that answers: its id, or `default`. */
export const FacePersona = z.object({ persona: z.string().min(1).max(64) })

/** The chat of the AI SDK, whose `id` is the session. */
export const FaceChat = FacePersona.extend({ session: SessionId })

/** A message in a form that the face reads itself. */
const OpenMessage = z.record(z.string(), z.unknown())

/** A request of the AI SDK's `DefaultChatTransport`. */
export const ChatRequest = z
  .object({
    id: SessionId.meta({ description: 'The session. A new id creates it' }),
    messages: z.array(OpenMessage).max(10_000).meta({ description: 'Only the last user message is read. The log is the history' }),
    trigger: z.enum(['submit-message', 'regenerate-message']).default('submit-message'),
    messageId: z.string().max(255).optional(),
  })
  .meta({ id: 'UiChatRequest' })
export type ChatRequest = z.infer<typeof ChatRequest>

/** How an interrupt was answered. */
const Resume = z.object({
  interruptId: z.string().max(200),
  status: z.enum(['resolved', 'cancelled']),
  payload: z.unknown().optional().meta({ description: '`{approved, reason?, answer?, arguments?}`, or true or false' }),
  metadata: ignored,
})

/** A run of AG-UI. */
export const RunInput = z
  .object({
    threadId: SessionId.meta({ description: 'The session. A new id creates it' }),
    runId: z.string().min(1).max(255),
    parentRunId: ignored,
    protocolVersion: ignored,
    state: ignored,
    messages: z.array(OpenMessage).max(10_000).meta({ description: 'Only the last user message is read. The log is the history' }),
    tools: z.array(z.record(z.string(), z.unknown())).max(0, 'must be empty: the tools of the session run in it').default([]),
    context: z
      .array(z.object({ description: z.string().max(8_192), value: z.string().max(8_192) }))
      .max(0, 'must be empty: write it in the message')
      .default([]),
    forwardedProps: ignored,
    resume: z.array(Resume).max(16).optional().meta({ description: 'Decisions about the calls that the last run waited for' }),
  })
  .meta({ id: 'RunInput' })
export type RunInput = z.infer<typeof RunInput>
