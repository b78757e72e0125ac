/** The command line client as a process, against the whole stack. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/project.ts'
import { echoing, type FaceWorkspace, faceWorkspace } from '../support/face-workspace.ts'
import { type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'

let stack: SharedStack
let model: ScriptedModel
let workspace: FaceWorkspace

beforeAll(async () => {
  model = await startScriptedModel((request) => (request.messages.at(-1)?.content === 'wait' ? 'hang' : echoing(request)))
  stack = await sharedStack()
  workspace = await faceWorkspace(stack, model, 'e2e-cli')
}, 150_000)
afterAll(() => model?.close())

/** Runs `soma`. `interrupt`: a text on stderr after which the process gets one SIGINT. */
function soma(args: readonly string[], { input = '', token = workspace.token, interrupt = '' } = {}) {
  const env = { ...process.env, SOMA_URL: stack.url, SOMA_TOKEN: token }
  const child = spawn(process.execPath, [join(root, 'scripts/cli/soma.ts'), ...args], { cwd: root, env })
  let [out, err] = ['', '']
  let isInterrupted = false
  child.stdout.on('data', (text) => {
    out += text
  })
  child.stderr.on('data', (text) => {
    err += text
    if (isInterrupted || interrupt === '' || !err.includes(interrupt)) return
    isInterrupted = true
    child.kill('SIGINT')
  })
  child.stdin.end(input)
  return new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, out, err })),
  )
}

describe('soma', () => {
  it('chats by arguments and by lines of the input, in one session', async () => {
    const first = await soma(['chat', 'hello'])
    expect([first.code, first.out]).toEqual([0, 'You said: hello\n'])
    const session = /^session (\S+)$/m.exec(first.err)?.[1] ?? ''
    expect((await soma(['chat', '--session', session], { input: 'one\ntwo\n' })).out).toBe('You said: one\nYou said: two\n')
    expect((await soma(['sessions', 'show', session])).out.split('\n').filter((line) => line.startsWith('user:'))).toHaveLength(3)
    expect(JSON.parse((await soma(['sessions', '--json'])).out).sessions).toMatchObject([{ session_id: session }])
  })

  it('stops the answer on Ctrl-C, on the server too', async () => {
    const { code, err } = await soma(['chat', 'wait'], { interrupt: 'session ' })
    expect(code).toBe(130)
    const session = /^session (\S+)$/m.exec(err)?.[1] ?? ''
    const page = await workspace.member.call('GET', `/v1/sessions/${session}/history`)
    expect(await page.json()).toMatchObject({ turns: [{ outcome: 'cancelled' }] })
  })

  it('says in words and by its exit code what is refused', async () => {
    expect(await soma(['chat', 'hello'], { token: 'wrong' })).toMatchObject({ code: 3, out: '', err: expect.stringContaining('soma: ') })
    expect((await soma(['sessions', 'show', 'none'])).code).toBe(4)
  })
})
