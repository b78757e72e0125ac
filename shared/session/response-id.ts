/** The id of a response of OpenAI's API names a turn: its session, its place in the log, and itself. Pure. */

/** What an id names. `seq`: of the turn's message. */
export interface NamedTurn {
  readonly session: string
  readonly seq: number
  readonly turn: string
}

const pattern = /^resp_(.{1,64})_(\d{1,15})_([\w-]{36})$/

export const responseId = ({ session, seq, turn }: NamedTurn): string => `resp_${session}_${seq}_${turn}`

/** The turn of an id. Undefined: the id names none. */
export function namedTurn(id: unknown): NamedTurn | undefined {
  const [, session, seq, turn] = (typeof id === 'string' && pattern.exec(id)) || []
  return session === undefined || turn === undefined ? undefined : { session, seq: Number(seq), turn }
}

/** The session that a body names: as such, as a conversation, or by an earlier response. */
export function sessionNamed(body: object): unknown {
  if ('session_id' in body) return body.session_id
  if ('conversation' in body && body.conversation !== null) return conversationId(body.conversation)
  return 'previous_response_id' in body ? namedTurn(body.previous_response_id)?.session : undefined
}

const conversationId = (value: unknown): unknown => (typeof value === 'object' && value !== null && 'id' in value ? value.id : value)
