/** The tools of the MCP face. Each is one request of our own API in the name of the caller. So every rule of that route holds. */
import { z } from 'zod'
import { EventId, SessionId } from '../../../../shared/ids.ts'
import type { ApiRequest } from '../own-api.ts'

/** A tool: its arguments, and the request that it makes. */
export interface FaceTool {
  readonly title: string
  readonly description: string
  readonly arguments: z.ZodObject
  /** It changes nothing. */
  readonly readOnly: boolean
  request(args: Readonly<Record<string, unknown>>): ApiRequest
}

/** The longest wait for an answer. Clients give up after a minute. Milliseconds. */
const waitMs = 50_000

const tool = <Shape extends z.ZodRawShape>(
  title: string,
  description: string,
  shape: Shape,
  readOnly: boolean,
  request: (args: z.infer<z.ZodObject<Shape>>) => ApiRequest,
): FaceTool => ({
  title,
  description,
  arguments: z.strictObject(shape) as unknown as z.ZodObject,
  readOnly,
  // The library has parsed the arguments by the schema above.
  request: (args) => request(args as z.infer<z.ZodObject<Shape>>),
})

const query = (fields: Readonly<Record<string, string | number | undefined>>): string => {
  const given = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

const session = SessionId.describe('The id of a conversation')
const cursor = z.string().max(200).optional().describe('`next_cursor` of the page before')

/** The tools by name. */
export const faceTools: Readonly<Record<string, FaceTool>> = {
  ask: tool(
    'Ask',
    'Sends a message to a conversation and waits for the answer. If `status` is `waiting` or `running`, read it later with `read_answer`.',
    {
      message: z.string().min(1).max(100_000),
      session_id: session.optional().describe('The conversation. Without it, a new one begins'),
      persona: z.string().min(1).max(64).optional().describe('Who answers: an id of `list_personas`'),
      key: EventId.optional().describe('Sends the message only once for each key'),
    },
    false,
    ({ message, session_id, persona, key }) => ({
      method: 'POST',
      path: `/v1/sessions/message?wait_ms=${waitMs}`,
      body: { message, session_id, persona_id: persona, event_id: key },
    }),
  ),
  read_answer: tool(
    'Read an answer',
    'Waits for the answer to a message, and returns it.',
    { session_id: session, turn_id: z.string().min(1).max(64) },
    true,
    ({ session_id, turn_id }) => ({
      method: 'GET',
      path: `/v1/sessions/${session_id}/turns/${encodeURIComponent(turn_id)}?wait_ms=${waitMs}`,
    }),
  ),
  list_sessions: tool(
    'List conversations',
    'Lists your conversations, the most recently active first.',
    { cursor, limit: z.int().min(1).max(50).default(20) },
    true,
    ({ cursor: after, limit }) => ({ method: 'GET', path: `/v1/sessions${query({ cursor: after, limit })}` }),
  ),
  read_session: tool(
    'Read a conversation',
    'Returns the newest turns of a conversation.',
    { session_id: session, before: z.string().max(64).optional().describe('`next_before` of the page after') },
    true,
    ({ session_id, before }) => ({ method: 'GET', path: `/v1/sessions/${session_id}/history${query({ before })}` }),
  ),
  list_personas: tool('List personas', 'Lists who can answer.', {}, true, () => ({ method: 'GET', path: '/v1/personas' })),
  search_memories: tool(
    'Search memories',
    'Searches what was remembered of you.',
    { query: z.string().min(1).max(200), limit: z.int().min(1).max(50).default(10) },
    true,
    ({ query: q, limit }) => ({ method: 'GET', path: `/v1/memories${query({ q, limit })}` }),
  ),
  remember: tool(
    'Remember',
    'Stores a fact about you under a name. An earlier value of that name is replaced.',
    { key: z.string().min(1).max(200), value: z.string().min(1).max(4_000) },
    false,
    ({ key, value }) => ({ method: 'POST', path: '/v1/remember', body: { key, value } }),
  ),
}
