import { describe, expect, it } from 'vitest'
import { type Client, client } from '../client.ts'

let count = 0
async function createTenant(): Promise<{ admin: Client; ada: Client }> {
  const name = `model-profiles-${++count}`
  return { admin: await client(name, 'root', 'admin'), ada: await client(name, 'ada') }
}
const base_url = 'https://api.example.com/v1'
const dialogue = { role: 'dialogue', deployment_mode: 'LOCAL', model: 'small', base_url, temperature: 0.2, kwargs: { top_p: 0.5 } }
const answer = async (response: Response) => [response.status, await response.json()]

describe('Model profiles by role', () => {
  it('are created, listed, replaced and removed, and the settings have them', async () => {
    const { admin, ada } = await createTenant()
    const created = await admin.call('POST', '/v1/model-profiles', dialogue)
    expect(await answer(created)).toEqual([201, { ...dialogue, answers: 'dialogue', version: 1 }])
    await admin.call('POST', '/v1/model-profiles', { role: 'escalation', model: 'large', base_url })
    const settings = (await (await ada.call('GET', '/v1/settings')).json()) as { settings: { chat: object } }
    expect(settings.settings.chat).toMatchObject({ profile: 'dialogue.LOCAL', fallback: 'escalation' })
    const listed = await ada.call('GET', '/v1/model-profiles')
    expect(await answer(listed)).toMatchObject([
      200,
      [{ role: 'dialogue' }, { role: 'escalation', deployment_mode: 'default', temperature: null }],
    ])
    expect(await answer(await ada.call('GET', '/v1/model-profiles?deployment_mode=LOCAL'))).toMatchObject([200, [{ role: 'dialogue' }]])
    const changed = { model: 'medium', base_url, role: 'another', deployment_mode: 'PROD' }
    const path = '/v1/model-profiles/dialogue/LOCAL'
    expect(await answer(await admin.call('PUT', path, changed))).toMatchObject([
      200,
      { role: 'dialogue', deployment_mode: 'LOCAL', model: 'medium', temperature: null, kwargs: {}, version: 3 },
    ])
    expect((await admin.call('DELETE', path)).status).toBe(204)
    expect((await ada.call('GET', path)).status).toBe(404)
    expect((await admin.call('DELETE', path)).status).toBe(404)
    expect(await (await ada.call('GET', '/v1/settings')).json()).toMatchObject({ settings: { chat: { profile: null } } })
  })

  it('keep what only the settings know', async () => {
    const { admin } = await createTenant()
    const price = { input_per_million: 1, output_per_million: 2 }
    const profile = { provider: 'anthropic', base_url, model: 'm', max_tokens: 50, price, credential: 'k' }
    await admin.call('PUT', '/v1/settings/models/other', { profile })
    await admin.call('PUT', '/v1/model-profiles/other/default', { model: 'n', base_url, temperature: 1 })
    expect(await (await admin.call('GET', '/v1/settings/models/other')).json()).toMatchObject({
      profile: { ...profile, model: 'n', temperature: 1 },
    })
    expect(await (await admin.call('GET', '/v1/settings')).json()).toMatchObject({ settings: { chat: { profile: null } } })
  })

  it('get the only key of their origin', async () => {
    const { admin } = await createTenant()
    await admin.call('PUT', '/v1/llm/credentials/example', { secret: 'sk-0123456789abcdef0123', origin: 'https://api.example.com' })
    await admin.call('POST', '/v1/model-profiles', dialogue)
    expect(await (await admin.call('GET', '/v1/settings/models/dialogue.LOCAL')).json()).toMatchObject({
      profile: { credential: 'example' },
    })
  })

  it('are changed by an admin, at the version that the admin knows', async () => {
    const { admin, ada } = await createTenant()
    expect((await ada.call('POST', '/v1/model-profiles', dialogue)).status).toBe(403)
    await admin.call('POST', '/v1/model-profiles', dialogue)
    const stale = await admin.call('PUT', '/v1/model-profiles/dialogue/LOCAL', { model: 'm', base_url, version: 0 })
    expect(await answer(stale)).toMatchObject([409, { version: 1 }])
  })

  it.each([
    ['a private address', { ...dialogue, base_url: 'https://10.0.0.1/v1' }, '/base_url'],
    ['a secret among the fields', { ...dialogue, kwargs: { api_key: 'x' } }, '/kwargs'],
    ['a role with a slash', { ...dialogue, role: 'a/b' }, '/role'],
    ['a name that is too long', { ...dialogue, role: 'r'.repeat(40), deployment_mode: 'm'.repeat(40) }, '/role'],
    ['an unknown field', { ...dialogue, api_path: '/x' }, '/api_path'],
    ['no model', { ...dialogue, model: undefined }, '/model'],
  ])('with %s are refused', async (_, body, pointer) => {
    const { admin } = await createTenant()
    expect(await answer(await admin.call('POST', '/v1/model-profiles', body))).toMatchObject([400, { errors: [{ pointer }] }])
  })
})
