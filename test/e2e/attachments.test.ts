/** A question with files: what the model receives, and what stays after the session. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Event } from '../../shared/events/event.ts'
import { alice, model, useModel } from '../support/model-stack.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { until } from '../support/until.ts'
import { user } from '../support/user.ts'
import { docx, paragraph, pdf } from '../workers/documents/files.ts'

const tenant = 'e2e-attachments'
useModel(tenant)
let stack: SharedStack
let authorization: string

beforeAll(async () => {
  stack = await sharedStack()
  authorization = `Bearer ${await stack.token(tenant, 'alice')}`
  const admin = user(stack.url, await stack.token(tenant, 'root', { scopes: 'admin' }))
  const profile = { provider: 'openai-compatible', base_url: model.url, model: 'gpt-4o' }
  expect((await admin.call('PUT', '/v1/settings/models/seeing', { profile })).status).toBe(200)
}, 150_000)

async function upload(files: readonly File[]): Promise<{ id: string; mime: string }[]> {
  const form = new FormData()
  for (const file of files) form.append('files[]', file)
  const response = await fetch(`${stack.url}/v1/uploads`, { method: 'POST', headers: { authorization }, body: form })
  expect(response.status, await response.clone().text()).toBe(200)
  return ((await response.json()) as { attachments: { id: string; mime: string }[] }).attachments
}

/** Sends a message, waits for its answer, and returns what the model received. */
async function ask(body: Record<string, unknown>): Promise<{ session: string; received: string }> {
  const sent = await alice.call('POST', '/v1/sessions/message', body)
  expect(sent.status, await sent.clone().text()).toBe(200)
  const { session_id: session, turn_id } = (await sent.json()) as { session_id: string; turn_id: string }
  const ended = await until(async () => {
    const { events } = (await (await alice.call('GET', `/v1/sessions/${session}/events?limit=500`)).json()) as { events: Event[] }
    return events.find((event) => event.type === 'turn.ended' && event.turn_id === turn_id)
  })
  expect(ended).toMatchObject({ outcome: 'completed' })
  const request = model.requests.findLast((seen) => JSON.stringify(seen.body).includes(String(body.message)))
  return { session, received: JSON.stringify(request?.body) }
}

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52])

describe('A message with files', () => {
  it('reaches the model with the texts of its documents, and is told which images it cannot see', async () => {
    const files = await upload([
      new File([pdf(['The code word is marmalade'])], 'secret.pdf'),
      new File([docx(paragraph('The meeting is on Tuesday'))], 'notes.docx'),
      new File([png], 'cat.png'),
    ])
    expect(files.map(({ mime }) => mime.split('.').at(-1))).toEqual(['application/pdf', 'document', 'image/png'])
    const { received } = await ask({ message: 'What do these say?', attachments: files.map(({ id }) => id) })
    expect(received).toContain('The code word is marmalade')
    expect(received).toContain('The meeting is on Tuesday')
    expect(received).toContain('this model cannot see images')
    expect(received).not.toContain('base64')
  })

  it('shows its images to a model that sees', async () => {
    const [file] = await upload([new File([png], 'cat.png')])
    const { received } = await ask({ message: 'What is in the picture?', attachments: [file?.id], model: 'seeing' })
    expect(received).toContain(`data:image/png;base64,${Buffer.from(png).toString('base64')}`)
    expect(received).not.toContain('cannot see')
  })

  it('keeps its file in a fork after the session is deleted', async () => {
    const [file] = await upload([new File(['kept by the fork'], 'note.txt')])
    const { session } = await ask({ message: 'Keep this', attachments: [file?.id] })
    const { turns } = (await (await alice.call('GET', `/v1/sessions/${session}/history`)).json()) as { turns: { turn_id: string }[] }
    const fork = await alice.call('POST', `/v1/sessions/${session}/fork`, { turn_id: turns[0]?.turn_id })
    const { session_id: forked } = (await fork.json()) as { session_id: string }
    expect((await alice.call('DELETE', `/v1/sessions/${session}`)).status).toBe(204)
    const read = () => fetch(`${stack.url}/v1/attachments/${file?.id}`, { headers: { authorization } })
    expect(await (await read()).text()).toBe('kept by the fork')
    expect((await alice.call('DELETE', `/v1/sessions/${forked}`)).status).toBe(204)
    await until(async () => ((await read()).status === 404 ? true : undefined))
  })
})
