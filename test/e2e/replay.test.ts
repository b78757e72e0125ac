/** `npm run replay`: the turns of a live session run again, from what was recorded of them. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backupScope } from '../../shared/session/backup.ts'
import { startScriptedModel } from '../support/scripted-model.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

let stack: SharedStack
let folder: string

beforeAll(async () => {
  stack = await sharedStack()
  folder = await mkdtemp(join(tmpdir(), 'replay-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The output and the exit code of the command. */
async function replay(variables: Record<string, string>, ...args: string[]): Promise<{ code: number; text: string }> {
  const SOMA_TOKEN = await stack.token('operator', 'replay', { scopes: backupScope })
  const env = { ...process.env, SOMA_TOKEN, ...variables }
  return run('node', ['scripts/replay/replay.ts', '--url', stack.url, ...args], { cwd: root, env }).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    ({ code, stdout, stderr }) => ({ code, text: stdout + stderr }),
  )
}

/** A session of `count` turns with tools. `days`: how long the workspace keeps recordings. */
async function conversation(tenant: string, count: number, days: number) {
  const admin = await stack.user(tenant, 'ada', { scopes: 'admin' })
  expect((await admin.call('PUT', '/v1/settings', { version: 0, recordings: { days } })).status).toBe(200)
  let session_id: string | undefined
  for (let turn = 1; turn <= count; turn++) {
    const message = `/tool echo {"text":"a ${turn}"}\n/tool timestamp\nthen\n/tool echo {"text":"b"}`
    const sent = await admin.send(message, session_id ? { session_id } : {})
    session_id = sent.session_id
    const ended = await admin.call('GET', `/v1/sessions/${session_id}/turns/${sent.turn_id}?wait_ms=50000`)
    expect(await ended.json()).toMatchObject({ status: 'completed' })
  }
  return session_id ?? ''
}

describe('A replay of a session', () => {
  it('with tools has equal turns, live and from a file, and finds a changed piece', async () => {
    const session = await conversation('e2e-replay', 5, 1)
    const file = join(folder, 'session.ndjson')
    const live = await replay({}, session, '--tenant', 'e2e-replay', '--save', file)
    expect(live).toEqual({ code: 0, text: '5 equal, 0 different, 0 not replayed\n' })
    expect(await replay({}, '--file', file)).toEqual(live)
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace(/(\\"type\\":\\"text\\",\\"text\\":\\")The/, '$1That'))
    const changed = await replay({}, '--file', file)
    expect(changed.code).toBe(1)
    expect(changed.text).toMatch(/turn 1 \(.*\) differs\n {2}event \d+, item.closed \/text\n {4}recorded: "The tools say/)
    expect(changed.text).toContain('4 equal, 1 different, 0 not replayed')
  })

  it('shows what another model of the workspace says instead', async () => {
    const session = await conversation('e2e-replay-model', 2, 1)
    const admin = await stack.user('e2e-replay-model', 'ada', { scopes: 'admin' })
    const model = await startScriptedModel(() => ({ text: 'Something else.' }))
    const profile = { provider: 'openai-compatible', base_url: model.url, model: 'm' }
    expect((await admin.call('PUT', '/v1/settings/models/other', { profile })).ok).toBe(true)
    const SOMA_REPLAY_TOKEN = await stack.token('e2e-replay-model', 'ada')
    const branched = await replay({ SOMA_REPLAY_TOKEN }, session, '--tenant', 'e2e-replay-model', '--from', '2', '--model', 'other')
    expect(
      model.requests
        .at(-1)
        ?.messages.map(({ content }) => content)
        .join(),
    ).toContain('The tools say')
    await model.close()
    expect(branched.text).toMatch(/turn 2 \(.*\) differs/)
    expect(branched.text).toContain('"Something else."')
    expect(branched.text).toContain('0 equal, 1 different, 0 not replayed')
    const refused = await replay({}, session, '--from', '2')
    expect(refused).toEqual({ code: 2, text: 'replay: --from needs --model, --persona or --policy (see --help)\n' })
  })

  it('says why nothing is replayed, and who may read', async () => {
    const session = await conversation('e2e-replay-off', 1, 0)
    const off = await replay({}, session, '--tenant', 'e2e-replay-off')
    expect(off.code).toBe(1)
    expect(off.text).toContain('is not replayed: it was not recorded')
    expect(off.text).toContain('Set `recordings.days`')
    expect((await replay({}, 'no-such-session')).text).toContain('404')
    expect((await replay({})).code).toBe(2)
    const admin = await stack.user('e2e-replay-off', 'ada', { scopes: 'admin' })
    const refused = await admin.call('GET', `/v1/admin/snapshot?tenant=e2e-replay-off&session=${session}&recordings=true`)
    expect(refused.status).toBe(403)
  })
})
