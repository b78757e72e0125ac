/** Uploads with a scanner: what the gateway returns and refuses, by the status of a file. */
import { runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Attachments } from '../../../../durable-objects/worker.ts'
import type { Attachment } from '../../../../shared/api/attachments.ts'
import { client, token } from '../client.ts'

const objects = (env as unknown as GatewayEnv).ATTACHMENTS as unknown as DurableObjectNamespace<Attachments>
afterEach(() => {
  vi.restoreAllMocks()
})

/** A user of a tenant whose scanner answers so. */
async function member(tenant: string, answer: () => Response) {
  await runInDurableObject(objects.getByName(tenant), (instance) => {
    Object.assign(instance, { env: { ...(instance as unknown as { env: object }).env, SOMA_SCANNER_URL: 'http://scanner.test/' } })
  })
  vi.spyOn(console, 'error').mockImplementation(() => {})
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    await new Request(input as RequestInfo, init as RequestInit).arrayBuffer()
    return answer()
  })
  const authorization = `Bearer ${await token(tenant, 'alice', '')}`
  const send = async (path: string, body?: FormData) => {
    const request = { method: body ? 'POST' : 'GET', headers: { authorization }, ...(body && { body }) }
    const response = await exports.default.fetch(new Request(`https://soma.test${path}`, request))
    return { status: response.status, text: await response.text() }
  }
  const alice = await client(tenant, 'alice', '')
  const form = new FormData()
  form.append('files[]', new File(['content'], 'a.txt'))
  const uploaded = await send('/v1/uploads', form)
  const [file] = (JSON.parse(uploaded.text) as { attachments: Attachment[] }).attachments as [Attachment]
  const message = (attachments: string[]) => alice.call('POST', '/v1/sessions/message', { message: 'look', attachments })
  return { file, send, message }
}

describe('An upload with a scanner', () => {
  it('returns the file after the scan, and it can be read and sent', async () => {
    const { file, send, message } = await member('scanned-1', () => Response.json({ status: 'clean' }))
    expect(file.status).toBe('clean')
    expect(await send(`/v1/attachments/${file.id}`)).toEqual({ status: 200, text: 'content' })
    expect((await message([file.id])).status).toBe(200)
  })

  it('returns what the scanner found, and nobody can read or send the file', async () => {
    const { file, send, message } = await member('scanned-2', () => Response.json({ status: 'infected', finding: 'Eicar' }))
    expect(file).toMatchObject({ status: 'quarantined', finding: 'Eicar' })
    expect((await send(`/v1/attachments/${file.id}`)).status).toBe(403)
    expect((await message([file.id])).status).toBe(403)
  })

  it('returns a file that waits if the scanner is away, and it cannot be read or sent', async () => {
    const { file, send, message } = await member('scanned-3', () => new Response(null, { status: 503 }))
    expect(file.status).toBe('pending')
    expect((await send(`/v1/attachments/${file.id}`)).status).toBe(409)
    expect((await message([file.id])).status).toBe(409)
  })

  it('holds for files of a working folder', async () => {
    const { send, message } = await member('scanned-4', () => Response.json({ status: 'infected', finding: 'Eicar' }))
    const { session_id } = (await (await message([])).json()) as { session_id: string }
    const form = new FormData()
    form.append('session_id', session_id)
    form.append('files[]', new File(['other content'], 'b.txt'))
    const uploaded = await send('/v1/workdir/upload', form)
    expect([uploaded.status, JSON.parse(uploaded.text)]).toMatchObject([200, { files: [{ status: 'quarantined' }] }])
    expect((await send(`/v1/workdir/download?session_id=${session_id}&path=b.txt`)).status).toBe(403)
  })
})
