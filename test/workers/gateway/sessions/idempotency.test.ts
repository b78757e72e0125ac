import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Session } from '../../../../durable-objects/worker.ts'
import { SessionId, Subject, sessionIdForKey, sessionObjectName, TenantId } from '../../../../shared/ids.ts'
import { fingerprint } from '../../../../shared/session/fingerprint.ts'
import { token } from '../client.ts'
import { fetchWith } from '../http/gateway-with.ts'

const tenant = TenantId.parse('keys')
const subject = Subject.parse('alice')
const sessions = (env as unknown as GatewayEnv).SESSION as unknown as DurableObjectNamespace<Session>
let authorization: string

beforeAll(async () => {
  authorization = `Bearer ${await token(tenant, subject)}`
})

const send = async (key: string, body: object, path = '/v1/sessions/message') => {
  const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': key }
  const response = await fetchWith(path, { method: 'POST', headers, body: JSON.stringify(body) })
  return [response.status, await response.json()]
}

/** A message as the previous release recorded it: under the header's own text, and with the body's own metadata. */
async function recordedBefore(key: string, body: { readonly message: string; readonly metadata?: Record<string, string> }, id?: string) {
  const session = id === undefined ? await sessionIdForKey(tenant, subject, key) : SessionId.parse(id)
  const sent = await sessions.getByName(sessionObjectName(tenant, session)).send({
    tenant,
    session,
    subject,
    event_id: key,
    fingerprint: await fingerprint(body),
    text: body.message,
    metadata: body.metadata,
  })
  if (!sent.ok) throw new Error(sent.error.kind)
  const { turn_id, seq } = sent.value
  return { session_id: session, turn_id, seq }
}

describe('A quoted key', () => {
  it.each([
    ['a new session', 'one', {}],
    ['an existing one', 'two', { session_id: 'keyed' }],
  ])('equals the same key without quotes, in %s', async (_, key, more) => {
    const body = { message: 'Hello', ...more }
    const first = await send(`"${key}"`, body)
    expect(first[0]).toBe(200)
    expect(await send(key, body)).toEqual(first)
    expect(await send(` "${key}" `, body)).toEqual(first)
    expect(await send(`"${key}"`, { ...body, event_id: key })).toEqual(first)
    expect((await send(`"${key}-2"`, body))[1]).not.toEqual(first[1])
    expect((await send(key, { ...body, message: 'Another' }))[0]).toBe(409)
  })

  it('equals the same key without quotes for forks', async () => {
    const [, sent] = await send('original', { message: 'Hello', session_id: 'original' })
    const { turn_id } = sent as { turn_id: string }
    const path = '/v1/sessions/original'
    await send('cancel', {}, `${path}/turns/${turn_id}/cancel`)
    const forked = await send('"fork"', { turn_id }, `${path}/fork`)
    expect(forked[0]).toBe(200)
    expect(await send('fork', { turn_id }, `${path}/fork`)).toEqual(forked)
  })

  it('that the previous release recorded with its quotes still matches', async () => {
    const body = { message: 'Hello' }
    const newSession = await recordedBefore('"old-new"', body)
    expect((await send('"old-new"', body))[1]).toMatchObject(newSession)
    const existingSession = await recordedBefore('"old-known"', body, 'before')
    for (const key of ['"old-known"', 'old-known'])
      expect((await send(key, { ...body, session_id: 'before' }))[1]).toMatchObject(existingSession)
  })
})

describe('Defaults', () => {
  it('given explicitly equal absent ones, for one key', async () => {
    for (const [first, second] of [
      [{}, { metadata: {} }],
      [{ metadata: {} }, {}],
      [{}, { metadata: {}, attachments: [], on_conflict: 'queue' }],
    ]) {
      const key = crypto.randomUUID()
      const sent = await send(key, { message: 'Hello', ...first })
      expect(sent[0]).toBe(200)
      expect(await send(key, { message: 'Hello', ...second })).toEqual(sent)
      expect((await send(key, { message: 'Hello', metadata: { a: 'b' } }))[0]).toBe(409)
    }
  })

  it('match what the previous release recorded of either form', async () => {
    for (const [index, metadata] of [{}, undefined].entries()) {
      const key = `recorded-${index}`
      const recorded = await recordedBefore(key, { message: 'Hello', ...(metadata && { metadata }) })
      for (const form of [{}, { metadata: {} }]) expect((await send(key, { message: 'Hello', ...form }))[1]).toMatchObject(recorded)
    }
  })
})
