/**
 * Tools end to end: the builtin responder calls them, executors run them, and readers see every call.
 * The audit trail has each decision.
 */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { events, readStream, untilEnded } from '../support/sse.ts'
import { type User, user } from '../support/user.ts'

let stack: SharedStack
let developer: User

beforeAll(async () => {
  stack = await sharedStack()
  developer = user(stack.url, await stack.token('tools', 'developer', { scopes: 'admin' }))
})

const logOf = async (session: string) => events((await readStream(developer.events(session), developer.bearer, untilEnded())).frames)

describe('Tools', () => {
  it('are called step by step; readers, the history and the model get their results', async () => {
    const { session_id } = await developer.send('/tool echo {"text":"a"}\n/tool timestamp\nthen\n/tool echo {"text":"b"}')
    const log = await logOf(session_id)
    expect(log.filter(({ type }) => type === 'step.ended')).toHaveLength(2)
    const ends = log.filter((event) => event.type === 'call.ended')
    expect(ends.map(({ outcome }) => outcome)).toEqual(['completed', 'completed', 'completed'])
    expect(log.find((event) => event.type === 'item.closed')?.text).toMatch(/^The tools say:\n\n- a\n- \d{4}-.*Z\n- b$/)
    const history = await (await developer.call('GET', `/v1/sessions/${session_id}/history`)).json()
    expect(JSON.stringify(history)).toContain('"name":"timestamp"')
    // Another turn: the earlier results are part of the model's context.
    await developer.send('/tool echo {"text":"c"}', { session_id })
    const window = await (await developer.call('GET', `/v1/sessions/${session_id}/context-window`)).json()
    expect(JSON.stringify(window)).toContain('"role":"tool"')
  })

  it('that do not exist, or get invalid arguments, return an error text to the model', async () => {
    const { session_id } = await developer.send('/tool echo {"text":1}')
    const [end] = (await logOf(session_id)).filter((event) => event.type === 'call.ended')
    expect(end).toMatchObject({ outcome: 'denied' })
  })

  it('are each decided by the policy, and audited without their arguments', async () => {
    const { session_id } = await developer.send('/tool echo {"text":"a secret of mine"}')
    await logOf(session_id)
    await vi.waitFor(
      async () => {
        const trail = await (await developer.call('GET', '/v1/audit?action=tool.execute')).text()
        expect(trail).toContain(`"session":"${session_id}"`)
        expect(trail).not.toContain('a secret of mine')
      },
      { timeout: 5_000, interval: 100 },
    )
  })
})
