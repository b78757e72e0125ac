/** A constitution end to end: signed by the script, active in every Worker in two seconds, explained, rolled back. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { events, type Frame, readStream, untilEnded } from '../support/sse.ts'
import { type User, user } from '../support/user.ts'

// The script loads constitutions for the tenant `local`. No other file of the shared stack gives that tenant a constitution.
let stack: SharedStack
let folder: string
let admin: User
let bob: User

beforeAll(async () => {
  stack = await sharedStack()
  folder = await mkdtemp(join(tmpdir(), 'soma-constitution-'))
  admin = user(stack.url, await stack.token('local', 'ada', { scopes: 'admin' }))
  bob = user(stack.url, await stack.token('local', 'bob'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const question = (action: string, resource: object, context: object = {}) => ({
  principal: { id: 'bob', tenant: 'local', roles: ['member'], scopes: [] },
  action,
  resource: { tenant: 'local', ...resource },
  context,
})

const strict = {
  name: 'Ours',
  version: 2,
  principles: ['We say what we are.', 'We store no card numbers.'],
  rules: [
    { kind: 'tools', article: 'echo', says: 'Nothing is echoed.', forbid: ['echo'] },
    { kind: 'texts', article: 'cards', says: 'No card numbers.', in: ['message', 'tool'], patterns: ['\\b[0-9]{16}\\b'] },
    { kind: 'actions', article: 'exports', says: 'Only admins export.', actions: ['session.export'], except: { roles: ['admin'] } },
  ],
  tests: [
    { input: question('tool.execute', { name: 'echo' }, { arguments: { text: 'a' } }), allow: false },
    { input: question('tool.execute', { name: 'timestamp' }, { arguments: {} }), allow: true },
    { input: question('conversation.send', {}, { text: '4111111111111111' }), allow: false },
    { input: question('session.export', { owner: 'bob' }), allow: false },
  ],
}

async function runScript(document: object, ...extraArgs: string[]): Promise<unknown> {
  const file = join(folder, 'constitution.json')
  await writeFile(file, JSON.stringify(document))
  const run = promisify(execFile)(process.execPath, ['scripts/constitution.ts', file, '--url', stack.url, ...extraArgs])
  return JSON.parse((await run).stdout)
}

const outcomesOf = async (session: string, caller = bob) =>
  events((await readStream(caller.events(session), caller.bearer, untilEnded())).frames).flatMap((event) =>
    event.type === 'call.ended' ? [event.outcome] : [],
  )
const outcomesFor = async (caller: User, message: string) => outcomesOf((await caller.send(message)).session_id, caller)
const untilTurn = (turn_id: string) => (frames: readonly Frame[]) =>
  frames.some(({ body }) => body.type === 'turn.ended' && body.turn_id === turn_id)
const echo = async () => outcomesOf((await bob.send('/tool echo {"text":"a"}')).session_id)
const twoSeconds = { timeout: 2_000, interval: 100 }

describe('A constitution', () => {
  it('takes effect within two seconds, names the denying article, and is rolled back as fast', async () => {
    const { session_id: bobsSession } = await bob.send('hello')
    await outcomesOf(bobsSession)
    const exported = async () => (await bob.call('GET', `/v1/sessions/${bobsSession}/export`)).status
    expect([await exported(), await echo()]).toEqual([200, ['completed']])
    await expect.poll(async () => (await admin.call('GET', '/v1/audit?action=session.export')).text()).toContain('"allowed"')

    expect(await runScript({ name: 'Ours', version: 1, principles: [], rules: [], tests: [] })).toMatchObject({ version: 1 })
    expect(await runScript(strict, '--validate')).toMatchObject({ valid: true, version: 2, what_if: { closed: 1 } })
    const loaded = (await runScript(strict)) as { checksum: string }
    await expect.poll(exported, twoSeconds).toBe(403)
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    expect(await echo()).toEqual(['denied'])
    const denied = await bob.call('POST', '/v1/sessions/message', { session_id: bobsSession, message: 'It is 4111111111111111.' })
    expect([denied.status, await denied.json()]).toMatchObject([403, { reasons: ['article cards: No card numbers.'] }])
    const explained = await admin.call('POST', '/v1/policy/explain', { input: question('session.export', { owner: 'bob' }) })
    expect(await explained.json()).toMatchObject({
      allowed: false,
      articles: [{ article: 'exports', says: 'Only admins export.' }],
      policy: { constitution: { version: 2, checksum: loaded.checksum } },
    })
    const trail = await (await admin.call('GET', '/v1/audit?action=tool.execute&outcome=denied')).json()
    expect(trail).toMatchObject({
      entries: [{ reasons: ['article echo: Nothing is echoed.'], policy: { constitution: { version: 2, checksum: loaded.checksum } } }],
    })

    const rollback = await admin.call('POST', '/v1/constitution/rollback', { version: 1 })
    expect([rollback.status, await rollback.json()]).toMatchObject([200, { version: 1, rolled_back_from: 2 }])
    await expect.poll(exported, twoSeconds).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    expect(await echo()).toEqual(['completed'])
    expect((await bob.call('POST', '/v1/sessions/message', { session_id: bobsSession, message: 'It is 4111111111111111.' })).status).toBe(
      200,
    )
  }, 60_000)

  it('applies to a turn with its user’s rights, limited to those of the requester', async () => {
    const rule = {
      kind: 'actions',
      article: 'tools',
      says: 'Tools are for admins.',
      actions: ['tool.execute'],
      except: { roles: ['admin'] },
    }
    const test = { input: question('tool.execute', { name: 'timestamp' }), allow: false }
    const owner = user(stack.url, await stack.token('local', 'olga', { scopes: 'keys:manage' }))
    expect((await admin.call('PUT', '/v1/users/olga', { role: 'admin' })).status).toBe(200)
    const created = await owner.call('POST', '/v1/keys', { name: 'for messages', scopes: [] })
    const { key } = (await created.json()) as { key: string }
    await runScript({ ...strict, version: 3, rules: [rule], tests: [test] })
    await new Promise((resolve) => setTimeout(resolve, 2_000))

    const timestampOutcomes = async (caller: User, session_id: string) => {
      const { turn_id } = await caller.send('/tool timestamp', { session_id })
      const frames = (await readStream(owner.events(session_id), owner.bearer, untilTurn(turn_id))).frames
      return events(frames).flatMap((event) => (event.type === 'call.ended' && event.turn_id === turn_id ? [event.outcome] : []))
    }
    expect(await timestampOutcomes(owner, 'olga-1')).toEqual(['completed'])
    expect(await timestampOutcomes(user(stack.url, key), 'olga-1'), 'a key without the admin role').toEqual(['denied'])
    expect(await timestampOutcomes(owner, 'olga-1')).toEqual(['completed'])
    const shared = await owner.call('POST', '/v1/relations', {
      writes: [{ object: 'session:olga-1', relation: 'member', user: 'user:bob' }],
    })
    expect(shared.status).toBe(200)
    expect(await timestampOutcomes(bob, 'olga-1'), 'a user with a share').toEqual(['denied'])
    // Scopes apply to requests. A turn has none.
    const scoped = user(stack.url, await stack.token('local', 'carl', { scopes: 'admin' }))
    expect(await outcomesFor(scoped, '/tool timestamp')).toEqual(['denied'])
  }, 60_000)
})
