import { expect, it } from 'vitest'
import { client } from '../client.ts'

it('lists changes and refusals only, and only those of a period, on request', async () => {
  const [root, bob] = await Promise.all([client('filter', 'root', 'admin'), client('filter', 'bob')])
  expect((await bob.call('GET', '/v1/sessions')).status).toBe(200)
  expect((await bob.call('GET', '/v1/users')).status).toBe(403)
  expect((await root.call('PUT', '/v1/users/carol', { role: 'member' })).status).toBe(200)
  const entries = async (query: string) => {
    const response = await root.call('GET', `/v1/audit?limit=200&${query}`)
    expect(response.status, query).toBe(200)
    return ((await response.json()) as { entries: { kind: string; action: string; outcome: string; at: number }[] }).entries
  }
  await expect
    .poll(async () => (await entries('notable=true')).map(({ action }) => action))
    .toEqual(expect.arrayContaining(['admin.users.read', 'user.appoint']))
  const all = await entries('')
  const notable = await entries('notable=true')
  expect(all.some(({ action }) => action === 'session.list')).toBe(true)
  expect(notable.filter(({ kind, outcome }) => kind === 'decision' && outcome === 'allowed')).toEqual([])
  expect(await entries('notable=true&outcome=allowed')).toEqual([])
  expect((await entries('notable=false')).length).toBeGreaterThan(notable.length)
  const newest = all[0]?.at ?? 0
  expect(await entries(`from=${newest + 86_400_000}`)).toEqual([])
  expect((await entries(`from=${newest}`)).every(({ at }) => at >= newest)).toBe(true)
  expect(await entries('to=1')).toEqual([])
  for (const bad of ['from=yesterday', 'to=-1', 'notable=perhaps'])
    expect((await root.call('GET', `/v1/audit?${bad}`)).status, bad).toBe(400)
})
