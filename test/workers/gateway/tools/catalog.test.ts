import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { type Client, client } from '../client.ts'

let count = 0
async function createTenant(): Promise<{ admin: Client; ada: Client; viewer: Client }> {
  const name = `tools-${++count}`
  const admin = await client(name, 'root', 'admin')
  await admin.call('PUT', '/v1/users/vera', { role: 'viewer' })
  return { admin, ada: await client(name, 'ada'), viewer: await client(name, 'vera') }
}
const json = async (response: Promise<Response>) => (await response).json() as Promise<Record<string, unknown>>
const names = async (caller: Client) => ((await json(caller.call('GET', '/v1/tools'))).tools as { name: string }[]).map(({ name }) => name)

describe('The tool catalog', () => {
  it('has every tool enabled, as declared, until an admin changes it', async () => {
    const { ada } = await createTenant()
    const list = await json(ada.call('GET', '/v1/tools'))
    const tools = list.tools as Record<string, unknown>[]
    expect(list.count).toBe(tools.length)
    expect(tools.find(({ name }) => name === 'echo')).toEqual({
      name: 'echo',
      description: 'Returns its text unchanged.',
      parameters: {
        type: 'object',
        properties: { text: { type: 'string', maxLength: 10_000 } },
        required: ['text'],
        additionalProperties: false,
      },
      effect: 'none',
      approval: 'never',
      timeout_ms: 30_000,
    })
    const catalog = await json(ada.call('GET', '/v1/tool-catalog'))
    expect(catalog).toMatchObject({ version: 0, count: tools.length })
    expect((catalog.tools as { name: string }[]).map(({ name }) => name).sort()).toEqual((await names(ada)).sort())
    expect(await json(ada.call('GET', '/v1/tool-catalog/echo'))).toMatchObject({
      name: 'echo',
      version: 0,
      updated_at: null,
      enabled: true,
      approval: null,
      allowed: null,
      breaker: { state: 'closed', failures: 0, retry_at: null },
      declared: { approval: 'never', limits: { timeout_ms: 30_000 } },
    })
  })

  it('takes the change of an admin, in the shape of SomaAgent01, and lists no disabled tool', async () => {
    const { admin, ada } = await createTenant()
    const changed = await admin.call('PUT', '/v1/tool-catalog/echo', { enabled: false })
    expect([changed.status, await changed.json()]).toMatchObject([200, { name: 'echo', version: 1, enabled: false, updated_by: 'root' }])
    expect(await names(ada)).not.toContain('echo')
    expect(await names(ada)).toContain('timestamp')
    await admin.call('PUT', '/v1/tool-catalog/echo', { description: 'Says it again.', approval: 'always', limits: { timeout_ms: 500 } })
    const tools = (await json(ada.call('GET', '/v1/tools'))).tools as object[]
    expect(tools).toContainEqual(
      expect.objectContaining({ name: 'echo', description: 'Says it again.', approval: 'always', timeout_ms: 500 }),
    )
  })

  it('refuses a change that is based on an older version, and loses nothing', async () => {
    const { admin } = await createTenant()
    await admin.call('PUT', '/v1/tool-catalog/echo', { approval: 'ask', version: 0 })
    const stale = await admin.call('PUT', '/v1/tool-catalog/echo', { enabled: false, version: 0 })
    expect([stale.status, await stale.json()]).toMatchObject([409, { version: 1, detail: expect.stringContaining('The tool has changed') }])
    expect(await json(admin.call('GET', '/v1/tool-catalog/echo'))).toMatchObject({ enabled: true, approval: 'ask', version: 1 })
  })

  it('shows a breaker that is open, and only that of its workspace', async () => {
    const { admin } = await createTenant()
    const tenant = env.TENANT.getByName(`tools-${count}`)
    for (let failures = 0; failures < 5; failures++) await tenant.reportTool('echo', true)
    const other = await createTenant()
    const open = await json(admin.call('GET', '/v1/tool-catalog/echo'))
    expect(open.breaker).toEqual({ state: 'open', failures: 5, retry_at: expect.any(Number) })
    expect((await json(other.admin.call('GET', '/v1/tool-catalog/echo'))).breaker).toMatchObject({ state: 'closed' })
    await tenant.reportTool('echo', false)
    expect((await json(admin.call('GET', '/v1/tool-catalog/echo'))).breaker).toMatchObject({ state: 'closed', failures: 0 })
  })

  it('is read by members, and changed by admins alone, with an entry in the audit trail', async () => {
    const { admin, ada, viewer } = await createTenant()
    expect((await ada.call('PUT', '/v1/tool-catalog/echo', { enabled: false })).status).toBe(403)
    expect((await viewer.call('GET', '/v1/tool-catalog')).status).toBe(403)
    await admin.call('PUT', '/v1/tool-catalog/echo', { enabled: false })
    const trail = await (await admin.call('GET', '/v1/audit?action=tool.catalog.update')).text()
    expect(trail).toContain('"target":"tool:echo"')
    expect(trail).toContain('"enabled":false')
  })

  it('offers a tool to those whom it allows', async () => {
    const { admin, ada } = await createTenant()
    await admin.call('PUT', '/v1/users/boss', { role: 'admin' })
    const boss = await client(`tools-${count}`, 'boss')
    const offeredTo = async () => [(await names(boss)).includes('echo'), (await names(ada)).includes('echo')]
    await admin.call('PUT', '/v1/tool-catalog/echo', { allowed: { roles: ['admin'] } })
    expect(await offeredTo()).toEqual([true, false])
    await admin.call('PUT', '/v1/tool-catalog/echo', { allowed: { subjects: ['ada'] } })
    expect(await offeredTo()).toEqual([false, true])
  })

  it.each([
    ['a tool that does not exist', 'nothing', { enabled: true }, 404],
    ['an unknown field', 'echo', { enable: true }, 400],
    ['an unknown rule', 'echo', { approval: 'sometimes' }, 400],
    ['a run without an end', 'echo', { limits: { timeout_ms: 10_000_000 } }, 400],
    ['fixed arguments without a bound', 'echo', { params: { text: 'x'.repeat(5_000) } }, 400],
  ])('refuses %s', async (_, name, body, status) => {
    const { admin } = await createTenant()
    expect((await admin.call('PUT', `/v1/tool-catalog/${name}`, body)).status).toBe(status)
  })
})
