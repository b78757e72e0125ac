/** `npm start`: its output, its files, and its errors. */
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killEarlierRun } from '../../scripts/stack/workers.ts'
import { freePort, type Stack, startStack } from '../support/stack.ts'

const project = join(import.meta.dirname, '..', '..')
let state: string
let stack: Stack

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'soma-start-'))
  stack = await startStack({ state, watch: true })
}, 180_000)
afterAll(async () => {
  await stack?.stop()
  await rm(state, { recursive: true, force: true })
}, 60_000)

/** Runs `scripts/start.ts` until it exits. */
async function start(env: Record<string, string>) {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['scripts/start.ts'], {
      cwd: project,
      timeout: 30_000,
      env: { ...process.env, ...env },
    })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, stdout, stderr }
  }
}

/** `npm run token`. */
const token = (...args: string[]) => promisify(execFile)(process.execPath, ['scripts/token.ts', ...args], { cwd: project })

/** The first command in its output. */
const printedCurl = () => /^curl .+$/m.exec(stack.output())?.[0] ?? ''

describe('npm start', () => {
  it('reports its steps and that it is ready', () => {
    expect(stack.output()).toContain('starting Postgres')
    expect(stack.output()).toMatch(new RegExp(`^ready ${stack.url}$`, 'm'))
  })

  it('prints a command that streams an answer', async () => {
    const shell = spawn('sh', ['-c', printedCurl()], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    for (const stream of [shell.stdout, shell.stderr]) stream.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    for (let waitedMs = 0; waitedMs < 20_000 && !text.includes('event: turn.ended') && !text.includes('"turn.ended"'); waitedMs += 50)
      await sleep(50)
    if (shell.pid) process.kill(-shell.pid)
    expect(text).toContain('item.delta')
    expect(text).toContain('turn.ended')
  })

  it('creates development secrets that only their owner can read', async () => {
    expect((await stat(join(project, '.dev.vars'))).mode & 0o777).toBe(0o600)
  })

  it('rejects a configured port that is in use, in one line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'soma-busy-'))
    const port = `${await freePort()}`
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(Number(port), '127.0.0.1', resolve))
    expect(await start({ PORT: port, SOMA_STATE: folder })).toMatchObject({
      code: 1,
      stderr: `Port ${port} is in use. Set PORT to another one, or leave it unset.\n`,
    })
    server.close()
    await rm(folder, { recursive: true })
  })

  it('rejects an invalid PORT', async () => {
    expect(await start({ PORT: '70000', SOMA_STATE: await mkdtemp(join(tmpdir(), 'soma-port-')) })).toMatchObject({
      code: 1,
      stderr: 'PORT must be a number from 1 to 65535, not "70000".\n',
    })
  })

  it('rejects a state folder that a running stack uses', async () => {
    const refused = await start({ PORT: `${await freePort()}`, SOMA_STATE: state })
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use by another stack') })
  })

  it('accepts the token that npm run token prints', async () => {
    const { stdout, stderr } = await token('--tenant', 'acme', '--subject', 'alice')
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    const response = await fetch(`${stack.url}/v1/sessions`, { headers: { authorization: `Bearer ${stdout.trim()}` } })
    expect(response.status).toBe(200)
  })

  it('stops within 5 s of SIGTERM, and leaves no process behind', async () => {
    const before = Date.now()
    await stack.stop()
    expect(Date.now() - before).toBeLessThan(5_000)
    expect(await killEarlierRun(state)).toBe(0)
    await expect(fetch(stack.url)).rejects.toThrow()
  })

  it('starts again on its own state', { timeout: 60_000 }, async () => {
    const before = Date.now()
    await stack.restart()
    console.log(`second start: ready after ${Date.now() - before} ms`)
    expect(await sessionsAt(stack.url)).toMatchObject([{ state: 'idle' }])
  })
})

describe('Killing npm', () => {
  it('ends its stack, which uses the state of a killed stack', { timeout: 90_000 }, async () => {
    await stack.kill()
    const port = new URL(stack.url).port
    const npm = spawn('npm', ['start'], {
      cwd: project,
      env: { ...process.env, SOMA_STATE: state, PORT: port },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = new Promise((resolve) => npm.once('exit', resolve))
    for await (const piece of npm.stdout.setEncoding('utf8')) if (`${piece}`.includes('ready http')) break
    expect((await fetch(`${stack.url}/ready`)).status).toBe(200)
    expect(await sessionsAt(stack.url)).toMatchObject([{ state: 'idle' }])
    npm.kill('SIGKILL')
    await exited
    for (let waitedMs = 0; waitedMs < 5_000 && (await answers(port)); waitedMs += 100) await sleep(100)
    await sleep(1_000)
    expect(await killEarlierRun(await realpath(state))).toBe(0)
  })
})

async function sessionsAt(url: string): Promise<unknown> {
  const token = await stack.token('local', 'developer')
  const response = await fetch(`${url}/v1/sessions`, { headers: { authorization: `Bearer ${token}` } })
  return ((await response.json()) as { sessions: unknown }).sessions
}

const answers = (port: string) =>
  fetch(`http://localhost:${port}/live`).then(
    () => true,
    () => false,
  )

describe('npm run token', () => {
  it.each([
    [['--tenant', 'a/b', '--subject', 'alice'], '--tenant must be'],
    [['--tenant', 'acme'], '--subject must be'],
    [['--tenant', 'acme', '--subject', 'alice', '--ttl', 'soon'], '--ttl must be'],
    [['--tennant', 'acme'], 'Unknown option'],
  ])('reports an invalid %j in one line', async (args, sentence) => {
    await expect(token(...args)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`^token: .*${sentence}.*\n$`)),
    })
  })
})
