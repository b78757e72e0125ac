/** Sending a message: the request, the quick actions that send one, and the response to both. */
import { z } from 'zod'
import { AttachmentId } from '../attachment/attachment-ref.ts'
import { Metadata } from '../events/event.ts'
import { metadataProblem } from '../events/metadata.ts'
import { EventId, SessionId } from '../ids.ts'
import { ResponseFormat } from '../json-schema/response-format.ts'
import { unquotedKey } from '../session/idempotency-key.ts'
import { QuickAction } from '../session/quick-action.ts'
import { ProfileName } from '../settings/settings.ts'
import { limits } from './limits.ts'

/** The key in a header: with quotes, as the IETF draft has it, or without. */
export const keyHeader = (key: typeof EventId) =>
  z
    .string()
    .transform(unquotedKey)
    .pipe(key)
    .meta({ description: 'A unique id of the request, with or without quotes. Repeating it repeats the response.' })

/** Header of every request that sends or creates something. A repeated key gets the same response. */
export const IdempotencyKey = z.object({ 'idempotency-key': keyHeader(EventId).optional() })
export type IdempotencyKey = z.infer<typeof IdempotencyKey>

const agentHeader = (description: string) => z.string().min(1).max(64).optional().meta({ description })

/** Headers of a message. Those of SomaAgent01 count where the body says nothing. */
export const SendHeaders = IdempotencyKey.extend({
  'x-persona-id': agentHeader('The persona, if the body names none.'),
  'x-agent-profile': agentHeader('Becomes the metadata `agent_profile_id`.'),
  'x-universe-id': agentHeader('Becomes the metadata `universe_id`.'),
})
export type SendHeaders = z.infer<typeof SendHeaders>

/** A message to a session, as the server parses it. */
export const SendMessage = z.object({
  session_id: SessionId.optional(),
  persona_id: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .meta({ description: 'Who answers, of `GET /v1/personas`. A new session keeps it; a later message may name another.' }),
  model: ProfileName.optional().meta({
    description: 'The model profile that answers this message, instead of that of the persona or the workspace. The fallback stays.',
  }),
  response_format: ResponseFormat.optional().meta({
    description:
      'The form of the answer, instead of that of the persona: JSON that follows a schema. An answer that does not is repaired once by the model; then the turn fails and names the place.',
  }),
  message: z
    .string()
    .max(limits.messageUnits, `must have at most ${limits.messageUnits} UTF-16 units`)
    .refine((text) => text.trim() !== '', 'must not be empty or blank'),
  attachments: z
    .array(AttachmentId)
    .max(limits.messageAttachments, `must have at most ${limits.messageAttachments} attachments`)
    .optional()
    .meta({ description: 'Files of the message: ids that `POST /v1/uploads` returned' }),
  metadata: Metadata.superRefine((pairs, context) => {
    const message = metadataProblem(pairs)
    if (message) context.addIssue({ code: 'custom', message })
  }).optional(),
  event_id: EventId.optional(),
  on_conflict: z
    .enum(['queue', 'reject', 'interrupt'])
    .optional()
    .meta({ description: 'While a turn is unfinished: queue behind it (default), reject with 409, or interrupt all unfinished turns.' }),
  parent_turn_id: z
    .string()
    .max(64)
    .nullable()
    .optional()
    .meta({ description: 'The turn to follow, on a new branch; `null`: start at the beginning.' }),
  expected_seq: z.int().min(0).optional().meta({ description: 'The expected last event. A newer event refuses the request with 409.' }),
})
export type SendMessage = z.infer<typeof SendMessage>
/** A message as a client writes it: ids are plain text. */
export type SendMessageRequest = z.input<typeof SendMessage>

/** A quick action: the server sends its message. */
export const SendQuickAction = SendMessage.pick({ session_id: true, persona_id: true, model: true, metadata: true, event_id: true }).extend(
  {
    action: QuickAction,
  },
)
export type SendQuickAction = z.infer<typeof SendQuickAction>

/** The session, the turn and the event of an accepted message. */
export const AcceptedMessage = z.object({ session_id: z.string(), event_id: z.string(), turn_id: z.string(), seq: z.int() })
export type AcceptedMessage = z.infer<typeof AcceptedMessage>
