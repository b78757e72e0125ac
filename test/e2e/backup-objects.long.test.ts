/** The restore drill of a tenant's objects: accounts, settings, keys, relations, memories and the audit trail, into an empty stack. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { AcceptedMessage } from '../../shared/api/messages.ts'
import { genesisHead, verifyLine } from '../../shared/audit/chain.ts'
import { signIn } from '../security/browser-session.ts'
import { codeOf } from '../support/authenticator.ts'
import { type FakeModel, startFakeModel } from '../support/model.ts'
import { getJson, readTurns, runScript } from '../support/restore-drill.ts'
import { readStream, untilEnded } from '../support/sse.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { type User, user } from '../support/user.ts'

let model: FakeModel
let stack: Stack
let folder: string

const env = () => ({ SOMA_MODEL_BASE_URL: model.url, SOMA_MODEL: 'fake' })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soma-backup-'))
  model = await startFakeModel()
  stack = await startStack({ env: env() })
})
afterAll(async () => {
  await stack?.stop()
  await model?.close()
  await rm(folder, { recursive: true, force: true })
})

describe('A restore', () => {
  it('brings back accounts, settings, keys, relations, memories and the audit trail of a tenant', async () => {
    // The content of the backup.
    const secret = `sk-${crypto.randomUUID()}`
    const browser = await signIn(stack, 'initech', 'ada')
    const admin = user(stack.url, await stack.token('initech', 'root', { scopes: 'admin' }))
    const profile = { provider: 'openai-compatible', base_url: model.url, model: 'fake', credential: 'fake' }
    for (const [method, path, body] of [
      ['PUT', '/v1/settings/models/main', { profile }],
      ['PUT', '/v1/llm/credentials/fake', { secret }],
      ['PUT', '/v1/settings', { version: 2, chat: { profile: 'main' } }],
    ] as const) {
      const response = await admin.call(method, path, body)
      expect([path, response.status, response.ok ? '' : await response.text()]).toEqual([path, 200, ''])
    }
    const { secret: totp } = (await (await browser.call('POST', '/v1/me/mfa', {})).json()) as { secret: string }
    const verified = await browser.call('POST', '/v1/me/mfa/verify', { code: await codeOf(totp) })
    const { recovery_codes } = (await verified.json()) as { recovery_codes: string[] }
    const created = await browser.call('POST', '/v1/keys', { name: 'script', scopes: [] })
    const { key } = (await created.json()) as { key: string }
    const apiClient = user(stack.url, key)
    const shared = await apiClient.send('[[fake normal tokens=3]] to share')
    await readTurns(apiClient, shared.session_id, 1)
    const share = { object: `session:${shared.session_id}`, relation: 'viewer', user: 'user:grace' }
    expect((await apiClient.call('POST', '/v1/relations', { writes: [share] })).status).toBe(200)
    expect((await apiClient.call('POST', '/v1/remember', { key: 'tea', value: 'Assam' })).status).toBe(200)
    expect(model.requests.at(-1)?.authorization).toBe(`Bearer ${secret}`)
    const before = {
      users: await getJson(admin, '/v1/users'),
      settings: await getJson(admin, '/v1/settings'),
      trail: (await (await admin.call('GET', '/v1/audit/export')).text()).trimEnd().split('\n'),
    }

    const backupFile = join(folder, 'whole.ndjson.gz')
    const backedUp = await runScript('backup', backupFile, '--url', stack.url)
    expect(backedUp).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/ \d+ other objects/) })
    const text = gunzipSync(await readFile(backupFile)).toString()
    for (const plaintext of [secret, totp, key, ...recovery_codes]) expect(text).not.toContain(plaintext)

    const stoppedAt = Date.now()
    await stack.stop()
    stack = await startStack({ env: env() })
    const withNewStack = (caller: User): User => ({
      ...caller,
      call: (method, path, body) => user(stack.url, caller.bearer.authorization?.slice(7) ?? '').call(method, path, body),
    })
    const beforeRestore = await fetch(`${stack.url}/v1/me`, { headers: apiClient.bearer })
    expect(beforeRestore.status).toBe(401)
    const emptyAt = Date.now()
    const restored = await runScript('restore', backupFile, '--url', stack.url)
    expect(restored.err).toBe('')
    console.log(
      `drill of all objects: ${((Date.now() - emptyAt) / 1_000).toFixed(1)} s to restore, ${((Date.now() - stoppedAt) / 1_000).toFixed(1)} s in all`,
    )

    // The sign-in from before the backup, the API key, and the second factor work.
    // A gateway fetches an unknown signing key once per cooldown.
    await vi.waitFor(async () => expect((await fetch(`${stack.url}/v1/me`, { headers: { cookie: browser.cookie } })).status).toBe(200), {
      timeout: 60_000,
      interval: 500,
    })
    const restoredClient = withNewStack(apiClient)
    // A gateway looks up an unknown tenant at most once in 30 s.
    await vi.waitFor(async () => expect((await restoredClient.call('GET', '/v1/me')).status).toBe(200), {
      timeout: 90_000,
      interval: 1_000,
    })
    const challenged = await fetch(`${stack.url}/v1/auth/dev`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant: 'initech', subject: 'ada' }),
    })
    expect(challenged.status).toBe(202)
    const { challenge } = (await challenged.json()) as { challenge: string }
    const answered = await fetch(`${stack.url}/v1/auth/mfa`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ challenge, code: await codeOf(totp, 1) }),
    })
    expect(answered.status).toBe(200)
    // Users, settings, relations and memories.
    const restoredAdmin = withNewStack(admin)
    const subjects = ({ users }: { users: { subject: string; role: string; mfa: boolean }[] }) =>
      users.map(({ subject, role, mfa }) => ({ subject, role, mfa }))
    expect(subjects(await getJson(restoredAdmin, '/v1/users'))).toEqual(subjects(before.users as never))
    expect(await getJson(restoredAdmin, '/v1/settings')).toEqual(before.settings)
    const grace = user(stack.url, await stack.token('initech', 'grace'))
    expect((await grace.call('GET', `/v1/sessions/${shared.session_id}`)).status).toBe(200)
    expect(await getJson(restoredClient, '/v1/recall/tea')).toMatchObject({ text: 'Assam' })
    // The provider's key can be decrypted.
    const next = (await (
      await restoredClient.call('POST', '/v1/sessions/message', { message: '[[fake normal tokens=3]] go on' })
    ).json()) as AcceptedMessage
    await readStream(`${stack.url}/v1/sessions/${next.session_id}/events?stream=true`, apiClient.bearer, untilEnded(1))
    expect(model.requests.at(-1)?.authorization).toBe(`Bearer ${secret}`)
    // The trail begins with the entries of the backup, and its chain holds.
    const trail = (await (await restoredAdmin.call('GET', '/v1/audit/export')).text()).trimEnd().split('\n')
    expect(trail.slice(0, before.trail.length)).toEqual(before.trail)
    let head: ReturnType<typeof verifyLine> = genesisHead
    for (const line of trail) if (typeof head !== 'string') head = verifyLine(head, line)
    expect(head).toMatchObject({ seq: trail.length })
    // A second restore changes nothing. Another backup does not overwrite content.
    expect(await runScript('restore', backupFile, '--url', stack.url)).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/and 0 other objects/),
    })
    const laterBackup = join(folder, 'later.ndjson')
    await runScript('backup', laterBackup, '--url', stack.url)
    const refused = await runScript('restore', laterBackup, '--url', stack.url)
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('NOT RESTORED: accounts of initech: it has content') })
    const replaced = await runScript('restore', laterBackup, '--url', stack.url, '--overwrite')
    expect(replaced.err).not.toContain('of initech: it has content')
    // A gateway looks up an unknown tenant at most once in 30 s.
    await vi.waitFor(async () => expect((await restoredClient.call('GET', '/v1/me')).status).toBe(200), {
      timeout: 90_000,
      interval: 1_000,
    })
  }, 180_000)
})
