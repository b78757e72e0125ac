/** Workers AI through a binding. The binding is a service of its own in the test runtime, over the fake service. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { TenantId } from '../../../../../shared/ids.ts'
import { ModelProfile } from '../../../../../shared/settings/settings.ts'
import { defaultTimeouts } from '../../../../../shared/turn/run.ts'
import { candidateOf } from '../../../../../workers/conversation/models/candidates.ts'
import { ai } from '../../worker.ts'
import { Conversation } from '../conversation.ts'
import { addressOf, answerOf, message, modelName, seenWith } from './service-client.ts'

const profile = () => ModelProfile.parse({ provider: 'workers-ai', model: modelName('workers-ai'), max_tokens: 300 })
const model = (bindings = {}) => candidateOf({ ...env, ...bindings } as ConversationEnv, TenantId.parse('acme'), 'main', profile()).model

/** A binding that sends the request itself. */
const inIsolate = {
  run: (name: string, inputs: object) =>
    fetch(`${ai.url}/run/${name}`, { method: 'POST', headers: { authorization: 'Bearer binding' }, body: JSON.stringify(inputs) }),
}

beforeAll(() => {
  ai.url = addressOf('workers-ai')
})

describe('A profile of Workers AI without an address', () => {
  it('answers through the binding, with tools', async () => {
    const turn = await new Conversation(model(), { ...defaultTimeouts, retryMs: [] }).send(message('tools calls=2 rounds=1'))
    expect(turn).toMatchObject({ outcome: 'completed', text: 'Let me see.Hello world.', results: ['0-0', '0-1'] })
  })

  it('closes the connection when it is aborted', async () => {
    const text = message('stall')
    const abort = new AbortController()
    // Cloudflare's binding runs in this isolate. A service of the test runtime is not told that a silent stream was closed.
    const answer = answerOf(model({ AI: inIsolate }), text, [], { signal: abort.signal })
    await vi.waitFor(async () => expect(await seenWith(text)).toHaveLength(1))
    abort.abort(new Error('stopped by the test'))
    expect((await answer).error).toMatchObject({ message: 'stopped by the test' })
    await vi.waitFor(async () => expect(await seenWith(text)).toMatchObject([{ isAborted: true }]))
  })

  it('reports the errors of the binding like those of REST', async () => {
    expect((await answerOf(model(), message('429'))).error).toMatchObject({ busy: true, retry: {}, report: { status: 429 } })
    expect((await answerOf(model(), message('400'))).error).toMatchObject({ retry: undefined, report: { status: 400 } })
  })

  it('says what is missing on a server without a binding', async () => {
    expect((await answerOf(model({ AI: undefined }), message('text'))).error).toMatchObject({
      message: expect.stringContaining('no binding `AI`'),
    })
  })
})
