/** Turns of a model that calls the tools that the message names, for tests of tools over the whole stack. */
import { type ScriptedModel, startScriptedModel } from './scripted-model.ts'
import { until } from './until.ts'
import type { User } from './user.ts'

/** A call of a tool, in a message of the user. */
export interface AskedCall {
  readonly name: string
  readonly arguments: object
}

/** How a call ended. */
export interface EndedCall {
  readonly outcome: string
  readonly text: string
}

/** A model that requests the calls in the last line of the user's message, as JSON, and then says `done`. Memories may stand above. */
export const startCallingModel = (): Promise<ScriptedModel> =>
  startScriptedModel(({ messages }) => {
    if (messages.at(-1)?.role === 'tool') return { text: 'done' }
    const message = messages.findLast(({ role }) => role === 'user')?.content ?? '[]'
    return { calls: JSON.parse(message.slice(message.lastIndexOf('\n') + 1)) as AskedCall[] }
  })

/** Sends the calls as one message, and returns their results in order. At most 16 calls. */
export async function callTools(user: User, calls: readonly AskedCall[]): Promise<EndedCall[]> {
  const { session_id } = await user.send(JSON.stringify(calls))
  const events = await until(async () => {
    const page = await (await user.call('GET', `/v1/sessions/${session_id}/events?limit=500`)).json()
    return page.events.some(({ type }: { type: string }) => type === 'turn.ended') ? page.events : undefined
  })
  const requested = events.filter(({ type }: { type: string }) => type === 'call.requested')
  return requested.map(({ call_id }: { call_id: string }) => {
    const ended = events.find((event: { type: string; call_id: string }) => event.type === 'call.ended' && event.call_id === call_id)
    return { outcome: ended?.outcome ?? 'none', text: ended?.text ?? '' }
  })
}
