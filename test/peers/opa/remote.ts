/** The real OPA server as the policy engine: equal decisions, and denial when it is unavailable. */
import { type ChildProcess, spawn } from 'node:child_process'
import fc from 'fast-check'
import committed from '../../../policy/plan.json' with { type: 'json' }
import { evaluatePolicy, reasonsEntrypoint } from '../../../shared/policy/evaluate-policy.ts'
import { decideRemotely } from '../../../shared/policy/opa.ts'
import { loadPlan } from '../../../shared/rego/plan.ts'
import { freePort, startStack } from '../../support/stack.ts'
import { user } from '../../support/user.ts'
import { inputs } from './differential.ts'
import { type Opa, sources } from './opa.ts'

interface Server {
  readonly url: string
  stop(): Promise<void>
}

async function startServer({ opa }: Opa): Promise<Server> {
  const url = `http://127.0.0.1:${await freePort()}`
  const child: ChildProcess = spawn(opa, ['run', '--server', '--addr', url.slice('http://'.length), '--log-level', 'error', ...sources()], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const killServer = () => child.kill('SIGKILL')
  process.once('exit', killServer)
  for (let attempt = 0; !(await fetch(`${url}/health`).catch(() => null))?.ok; attempt++) {
    if (attempt === 100) throw new Error('the OPA server did not start')
    await new Promise((done) => setTimeout(done, 100))
  }
  return {
    url,
    async stop() {
      killServer()
      await exited
      process.off('exit', killServer)
    },
  }
}

/** Runs the comparison. Returns the failures and the number of passed checks. */
export async function compareWithServer(opa: Opa, rounds: number, seed: number): Promise<{ passed: number; failed: string[] }> {
  const failed: string[] = []
  let passed = 0
  const expect = (label: string, actual: unknown, expected: unknown) => {
    if (JSON.stringify(actual) === JSON.stringify(expected)) passed++
    else failed.push(`remote: ${label}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
  }
  const loaded = loadPlan(committed)
  if (!loaded.ok) throw new Error('the plan cannot be loaded')
  const server = await startServer(opa)
  try {
    for (const sampled of fc.sample(inputs(), { numRuns: rounds, seed })) {
      const input: unknown = JSON.parse(JSON.stringify(sampled ?? {}))
      const remoteDecision = await decideRemotely({ url: server.url }, input)
      const localDecision = evaluatePolicy(loaded.value, input, { at: Date.now() }, undefined, reasonsEntrypoint)
      expect(
        JSON.stringify(input),
        [remoteDecision.allowed, [...remoteDecision.detail].sort()],
        [localDecision.allowed, [...localDecision.detail].sort()],
      )
    }
    const stack = await startStack({ env: { OPA_URL: server.url } })
    try {
      const alice = user(stack.url, await stack.token('acme', 'alice'))
      const bob = user(stack.url, await stack.token('acme', 'bob'))
      const status = async (response: Promise<Response>) => (await response).status
      expect('a message is accepted', (await alice.send('hello', { session_id: 's' })).session_id, 's')
      expect('the owner reads the session', await status(alice.call('GET', '/v1/sessions/s')), 200)
      expect('another user gets 404', await status(bob.call('GET', '/v1/sessions/s')), 404)
      expect('a member may not read the audit trail', await status(alice.call('GET', '/v1/audit')), 403)
      await server.stop()
      const denied = await alice.call('GET', '/v1/sessions')
      expect('without OPA every request is refused', denied.status, 503)
      expect('with a time to retry', denied.headers.has('retry-after'), true)
      expect('and the name of OPA', ((await denied.json()) as { detail: string }).detail.includes('OPA'), true)
      expect('also for one session', await status(alice.call('GET', '/v1/sessions/s')), 503)
      expect('the health check still answers', await status(fetch(`${stack.url}/v1/health`)), 200)
    } finally {
      await stack.stop()
    }
  } finally {
    await server.stop()
  }
  return { passed, failed }
}
