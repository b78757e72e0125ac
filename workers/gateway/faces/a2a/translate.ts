/** Turns as tasks of the Agent2Agent protocol. Pure. A context is a session, a task is a turn, its artifact is the answer. */
import type { SendParams } from '../../../../shared/api/a2a.ts'
import type { TurnView } from '../../../../shared/api/turns.ts'
import { toProblem } from '../../../../shared/problem-texts.ts'
import { type NamedTurn, namedTurn, responseId } from '../../../../shared/session/response-id.ts'
import type { FaceEvent } from '../face.ts'

const prefix = 'task'
const responsePrefix = 'resp'

/** The id of a turn's task. It names the session, the place in its log, and the turn. */
export const taskId = (turn: NamedTurn): string => prefix + responseId(turn).slice(responsePrefix.length)

/** The turn of a task. Undefined: the id names none. */
export const turnOfTask = (id: string): NamedTurn | undefined =>
  id.startsWith(prefix) ? namedTurn(responsePrefix + id.slice(prefix.length)) : undefined

const artifactId = 'answer'

const states = {
  waiting: 'TASK_STATE_SUBMITTED',
  running: 'TASK_STATE_WORKING',
  completed: 'TASK_STATE_COMPLETED',
  failed: 'TASK_STATE_FAILED',
  cancelled: 'TASK_STATE_CANCELED',
} as const

type State = (typeof states)[keyof typeof states] | 'TASK_STATE_AUTH_REQUIRED'

/** The text of a message; undefined: a part is no text. */
export function messageText({ message }: SendParams): string | undefined {
  const texts = message.parts.map(({ text }) => text)
  return texts.includes(undefined) ? undefined : texts.join('\n')
}

/** A status. `text`: what the agent says about it. `now`: Unix ms. */
function statusOf(turn: NamedTurn, state: State, now: number, text?: string | null) {
  const message = text && {
    messageId: `${turn.turn}-${state}`,
    contextId: turn.session,
    taskId: taskId(turn),
    role: 'ROLE_AGENT',
    parts: [{ text, mediaType: 'text/plain' }],
  }
  return { state, timestamp: new Date(now).toISOString(), ...(message && { message }) }
}

const artifact = (text: string) => ({ artifactId, name: 'Answer', parts: [{ text, mediaType: 'text/plain' }] })

/** The task of a turn. */
export const taskOf = (turn: NamedTurn, { status, text, reason, ended_at, started_at, accepted_at }: TurnView) => ({
  id: taskId(turn),
  contextId: turn.session,
  status: statusOf(turn, states[status], ended_at ?? started_at ?? accepted_at, reason),
  artifacts: text === '' ? [] : [artifact(text)],
  history: [],
})

/** The task before its first event. */
export const submittedTask = (turn: NamedTurn, now: number) => ({
  id: taskId(turn),
  contextId: turn.session,
  status: statusOf(turn, states.waiting, now),
  artifacts: [],
  history: [],
})

/** The events of a turn after its task. A call that waits for a user is decided by its own route, never by a message of the client. */
export async function* taskEvents(turn: NamedTurn, events: AsyncIterable<FaceEvent>, now: () => number): AsyncGenerator<object | null> {
  const ids = { taskId: taskId(turn), contextId: turn.session }
  const status = (state: State, text?: string) => ({ statusUpdate: { ...ids, status: statusOf(turn, state, now(), text) } })
  let hasText = false
  let state: State = states.waiting
  for await (const event of events) {
    if (event.type === 'text') {
      if (state !== states.running) yield status(states.running)
      state = states.running
      yield { artifactUpdate: { ...ids, artifact: artifact(event.text), append: hasText, lastChunk: false } }
      hasText = true
    } else if (event.type === 'waiting') {
      state = 'TASK_STATE_AUTH_REQUIRED'
      yield status(state, event.reason)
    } else if (event.type === 'failed') return yield status(states.failed, toProblem(event.failure, '').detail)
    else if (event.type === 'end') {
      if (hasText) yield { artifactUpdate: { ...ids, artifact: artifact(''), append: true, lastChunk: true } }
      return yield status(event.finish === 'cancelled' ? states.cancelled : states.completed)
    } else yield null
  }
}
