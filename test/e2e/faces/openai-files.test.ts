/** The `openai` client uploads files, and sends them in messages, with the whole stack. */
import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { echoing, type FaceWorkspace, faceWorkspace } from '../../support/face-workspace.ts'
import { type ScriptedModel, startScriptedModel } from '../../support/scripted-model.ts'
import { type SharedStack, sharedStack } from '../../support/shared-stack.ts'

let stack: SharedStack
let model: ScriptedModel
let workspace: FaceWorkspace
let openai: OpenAI

beforeAll(async () => {
  model = await startScriptedModel(echoing)
  stack = await sharedStack()
  workspace = await faceWorkspace(stack, model, 'e2e-files')
  openai = new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: workspace.token, maxRetries: 0 })
}, 150_000)
afterAll(() => model?.close())

const upload = async (name: string, text: string) =>
  openai.files.create({ file: await toFile(Buffer.from(text), name), purpose: 'user_data' })

describe("OpenAI's client", () => {
  it('uploads a file, reads it, and deletes it', async () => {
    const file = await upload('plan.txt', 'Meet at noon.')
    expect(file).toMatchObject({ object: 'file', bytes: 13, filename: 'plan.txt', purpose: 'user_data', status: 'processed' })
    expect(await openai.files.retrieve(file.id)).toEqual(file)
    expect(await (await openai.files.content(file.id)).text()).toBe('Meet at noon.')
    expect(await openai.files.delete(file.id)).toEqual({ id: file.id, object: 'file', deleted: true })
    await expect(openai.files.retrieve(file.id)).rejects.toMatchObject({ status: 404, type: 'not_found_error' })
  })

  it('sends a file in a message to a session, whose model reads it', async () => {
    const { id } = await upload('secret.txt', 'The code word is marmalade.')
    const content = [
      { type: 'text' as const, text: 'What does it say?' },
      { type: 'file' as const, file: { file_id: id } },
    ]
    const body = { model: 'default', messages: [{ role: 'user' as const, content }], session_id: 'with-file' }
    await openai.chat.completions.create(body)
    expect(JSON.stringify(model.requests.at(-1)?.messages)).toContain('The code word is marmalade.')
    expect((await openai.files.retrieve(id)).expires_at).toBeUndefined()
    const { session_id: _, ...stateless } = body
    await expect(openai.chat.completions.create(stateless)).rejects.toThrow('without a session')
  })

  it('reads no file of others, and refuses what is no file', async () => {
    const { id } = await upload('mine.txt', 'mine')
    const eve = new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: await stack.token('e2e-files', 'eve'), maxRetries: 0 })
    for (const attempt of [() => eve.files.retrieve(id), () => eve.files.content(id), () => eve.files.delete(id)])
      await expect(attempt()).rejects.toMatchObject({ status: 404 })
    const send = (fields: readonly (readonly [string, string | File])[]) => {
      const form = new FormData()
      for (const [name, value] of fields) form.append(name, value)
      return fetch(`${stack.url}/v1/files`, { method: 'POST', headers: { authorization: `Bearer ${workspace.token}` }, body: form })
    }
    const file = new File(['x'], 'x.txt')
    for (const fields of [
      [],
      [['purpose', 'user_data']],
      [
        ['file', file],
        ['file', file],
      ],
      [
        ['file', file],
        ['session_id', 'x'],
      ],
    ] as const)
      expect((await send(fields as never)).status, JSON.stringify(fields)).toBe(400)
  })
})
