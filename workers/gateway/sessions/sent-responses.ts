/** How the routes that send a message describe their responses. */
import { z } from '@hono/zod-openapi'
import { AcceptedMessage } from '../../../shared/api/messages.ts'
import { SentTurn } from '../../../shared/api/turns.ts'
import { json } from '../http/openapi.ts'

/** The description of the response forms, in OpenAPI. */
export const answerModes =
  'With `wait`, the response holds the turn: 200 when it has ended, 202 after `wait_ms`. ' +
  'With `stream=true` or `Accept: text/event-stream`, the response is an event stream that ends with the turn. Both need the right to read. ' +
  '`Location` is the address of the turn.'

/** The successful responses of the routes that send a message. */
export const sentResponses = {
  200: {
    description: 'The message is stored. With `wait`: the turn has ended',
    content: { 'application/json': { schema: z.union([SentTurn, AcceptedMessage]) }, 'text/event-stream': { schema: z.string() } },
  },
  202: json(SentTurn, 'The message is stored, and the turn has not ended within the wait'),
}
