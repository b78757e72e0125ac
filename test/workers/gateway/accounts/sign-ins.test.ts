import { describe, expect, it } from 'vitest'
import { bearer, eventually, fetchPath, post, signedInBrowser } from '../browser.ts'
import { accounts } from '../client.ts'

describe('Own sign-ins', () => {
  it('are listed with their browser and a mark on the current one, and end one by one', async () => {
    const firefox = await signedInBrowser('s1', 'ada', 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0')
    const phone = await signedInBrowser(
      's1',
      'ada',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1',
    )
    await signedInBrowser('s1', 'bob')
    const { refresh_token } = (await (await phone.call('POST', '/v1/auth/tokens')).json()) as { refresh_token: string }
    type List = { sign_ins: { id: string; current: boolean; agent: string; method: string }[] }
    const { sign_ins } = (await (await firefox.call('GET', '/v1/me/sign-ins')).json()) as List
    expect(sign_ins.map(({ agent, current, method }) => `${agent} ${current} ${method}`).sort()).toEqual([
      ' false token',
      'Firefox on Linux true dev',
      'Safari on iPhone false dev',
    ])
    expect(await accounts.dump('s1')).not.toContain('Mozilla')
    const safariId = sign_ins.find(({ agent }) => agent.startsWith('Safari'))?.id
    const bob = await signedInBrowser('s1', 'bob')
    expect((await bob.call('DELETE', `/v1/me/sign-ins/${safariId}`)).status).toBe(404)
    expect((await firefox.call('DELETE', `/v1/me/sign-ins/${safariId}`)).status).toBe(204)
    expect((await firefox.call('DELETE', `/v1/me/sign-ins/${safariId}`)).status).toBe(404)
    await eventually(async () => expect((await phone.call('GET', '/v1/me')).status).toBe(401))
    expect((await post('/v1/auth/refresh', { refresh_token })).status).toBe(200)
    const tokenSignIn = sign_ins.find(({ method }) => method === 'token')?.id
    const { refresh_token: next } = (await (await firefox.call('POST', '/v1/auth/tokens')).json()) as { refresh_token: string }
    expect((await firefox.call('DELETE', `/v1/me/sign-ins/${tokenSignIn}`)).status).toBe(204)
    expect((await post('/v1/auth/refresh', { refresh_token })).status).toBe(401)
    expect((await post('/v1/auth/refresh', { refresh_token: next })).status).toBe(200)
    expect((await firefox.call('GET', '/v1/me')).status).toBe(200)
  })

  it('end in all other browsers together, with their tokens', async () => {
    const current = await signedInBrowser('s2', 'ada')
    const other = await signedInBrowser('s2', 'ada')
    const bob = await signedInBrowser('s2', 'bob')
    const pair = (await (await other.call('POST', '/v1/auth/tokens')).json()) as { access_token: string; refresh_token: string }
    expect((await current.call('DELETE', '/v1/me/sign-ins')).status).toBe(204)
    await eventually(async () => expect((await other.call('GET', '/v1/me')).status).toBe(401))
    await eventually(async () => expect((await fetchPath('/v1/me', { headers: bearer(pair.access_token) })).status).toBe(401))
    expect((await post('/v1/auth/refresh', { refresh_token: pair.refresh_token })).status).toBe(401)
    expect((await current.call('GET', '/v1/me')).status).toBe(200)
    expect((await bob.call('GET', '/v1/me')).status).toBe(200)
  })
})
