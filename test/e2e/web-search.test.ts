/** `web_search` over the whole stack, with fakes of both engines. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ScriptedModel } from '../support/scripted-model.ts'
import { braveKey, type SearchEngines, startSearchEngines } from '../support/services/search-engines.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { callTools, startCallingModel } from '../support/tool-turn.ts'
import type { User } from '../support/user.ts'

let stack: SharedStack
let model: ScriptedModel
let engines: SearchEngines
let count = 0

beforeAll(async () => {
  engines = await startSearchEngines()
  model = await startCallingModel()
  stack = await sharedStack()
}, 150_000)
afterAll(async () => {
  await model?.close()
  await engines?.close()
})

/** A member of a new workspace with this search engine. */
async function memberWith(search?: object, secret?: string): Promise<User> {
  const tenant = `e2e-web-search-${++count}`
  await stack.answerWith(tenant, model.url)
  const admin = await stack.user(tenant, 'ada', { scopes: 'admin' })
  if (secret !== undefined) {
    const key = await admin.call('PUT', '/v1/llm/credentials/brave', { secret, origin: engines.origin })
    expect(key.status).toBe(200)
  }
  const version = secret === undefined ? 2 : 3
  if (search) expect(await (await admin.call('PUT', '/v1/settings', { version, search })).json()).not.toHaveProperty('errors')
  return stack.user(tenant, 'bob')
}

const search = async (user: User, query: string, more: object = {}) =>
  (await callTools(user, [{ name: 'web_search', arguments: { query, ...more } }]))[0]

describe('web_search', () => {
  it('asks SearXNG, and returns what it found as data', async () => {
    const member = await memberWith({ engine: 'searxng', base_url: `${engines.origin}/searxng/` })
    const result = await search(member, 'tea & milk')
    expect(result?.outcome).toBe('completed')
    expect(JSON.parse(result?.text ?? '')).toEqual({
      query: 'tea & milk',
      results: [
        { title: 'About tea & milk', url: 'https://a.example.com/1', snippet: 'First.' },
        { title: 'Second', url: 'https://a.example.com/2', snippet: '' },
      ],
    })
  })

  it('asks Brave with the sealed key of the workspace', async () => {
    const member = await memberWith({ engine: 'brave', base_url: `${engines.origin}/brave`, credential: 'brave' }, braveKey)
    const result = await search(member, 'tea', { count: 3 })
    expect(JSON.parse(result?.text ?? '').results).toEqual(
      [0, 1, 2].map((n) => ({ title: `tea ${n}`, url: `https://b.example.com/${n}`, snippet: 'About tea.' })),
    )
    expect(engines.seen.at(-1)?.key).toBe(braveKey)
  })

  it('says what is wrong, and never the key', async () => {
    const none = await search(await memberWith(), 'tea')
    expect(none).toEqual({
      outcome: 'failed',
      text: 'This workspace has no search engine. An admin can set one: `search` in the settings.',
    })
    const wrong = await memberWith({ engine: 'brave', base_url: `${engines.origin}/brave`, credential: 'brave' }, 'BSA-wrong-0123456789')
    expect(await search(wrong, 'tea')).toEqual({ outcome: 'failed', text: 'Brave refuses the key of the workspace (401).' })
    const keyless = await memberWith({ engine: 'brave', base_url: `${engines.origin}/brave`, credential: 'brave' })
    expect((await search(keyless, 'tea'))?.text).toContain('There is no key `brave`')
    const inside = await memberWith({ engine: 'searxng', base_url: 'http://10.0.0.1/' })
    expect((await search(inside, 'tea'))?.text).toContain('must be on the public internet')
    const searxng = await memberWith({ engine: 'searxng', base_url: `${engines.origin}/searxng/search` })
    expect((await search(searxng, 'elsewhere'))?.text).toBe('SearXNG answered with status 302.')
    expect((await search(searxng, 'garbage'))?.text).toBe('SearXNG sent something that is not a list of results.')
    expect((await search(searxng, 'busy'))?.text).toContain('too often (429)')
    for (const key of [braveKey, 'BSA-wrong-0123456789']) expect(stack.output()).not.toContain(key)
  })

  it('sends a key only to the origin that it was set for', async () => {
    const before = engines.seen.length
    const member = await memberWith({ engine: 'brave', credential: 'brave' }, braveKey)
    expect((await search(member, 'tea'))?.text).toContain('may only be sent to')
    expect(engines.seen.length).toBe(before)
  })
})
