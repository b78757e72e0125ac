/** The connectors Worker's MCP client, in workerd, beside the conformance suite and the example server. The last line has the totals. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../support/stack.ts'
import { startClientWorker } from './client-worker.ts'
import { expectedFailures } from './expected-failures.ts'
import type { Run } from './worker.ts'

const folder = import.meta.dirname
const outputFolder = mkdtempSync(join(tmpdir(), 'soma-mcp-results-'))
const worker = await startClientWorker()
const failures: string[] = []
let passed = 0
let skipped = 0

const report = (name: string, problem: string | null) => {
  if (problem === null) passed += 1
  else failures.push(name)
  console.log(problem === null ? `✓ ${name}` : `✗ ${name}: ${problem}`)
}
const skip = (name: string, reason: string) => {
  skipped += 1
  console.log(`skipped: ${name} (${reason})`)
}

try {
  await conform()
  await callExampleServer()
} finally {
  await worker.stop()
  rmSync(outputFolder, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failures.length} failed, ${skipped} skipped`)
process.exit(failures.length > 0 ? 1 : 0)

/** A peer on this machine alone. */
function startPeer(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(join(folder, 'node_modules', '.bin', name), args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_OPTIONS: `--import=${join(folder, 'loopback.mjs')}`, ...env },
  })
}

/** Every client scenario of the suite. */
async function conform(): Promise<void> {
  const command = `node ${join(folder, 'client.mjs')} ${worker.url}`
  const suite = startPeer('conformance', ['client', '--command', command, '--suite', 'all', '-o', outputFolder])
  const output = suite.stdout ? await text(suite.stdout) : ''
  const results = [...output.matchAll(/^[✓✗] (\S+): (\d+) passed, (\d+) failed(?:, (\d+) warnings)?$/gm)]
  if (results.length === 0) throw new Error(`The suite reported no scenario:\n${output.slice(-2_000)}`)
  for (const [, name = '', checks, failed, warnings = '0'] of results) {
    const passes = failed === '0' && warnings === '0'
    const reason = expectedFailures[name]
    if (!passes && reason !== undefined) skip(name, `${failed} of its checks fail: ${reason}`)
    else if (checks === '0' && passes) skip(name, 'no check applies: the client does not offer the extension')
    else if (passes && reason !== undefined) report(name, 'passes by now: remove it from expected-failures.ts')
    else report(`${name}: ${checks} checks`, passes ? null : `${failed} failed, ${warnings} warnings`)
  }
  const ran = new Set(results.map(([, name]) => name))
  for (const name of Object.keys(expectedFailures)) if (!ran.has(name)) report(name, 'is no scenario of the suite')
}

/** Two tools of the protocol's example server. */
async function callExampleServer(): Promise<void> {
  const port = await freePort()
  const server = startPeer('mcp-server-everything', ['streamableHttp'], { PORT: `${port}` })
  try {
    const run: Run = {
      url: `http://localhost:${port}/mcp`,
      calls: [
        { name: 'echo', arguments: { message: 'good morning' } },
        { name: 'get-sum', arguments: { a: 2, b: 3 } },
      ],
    }
    const answer = await answerOf(run)
    for (const [tool, words] of [
      ['echo', 'Echo: good morning'],
      ['get-sum', 'The sum of 2 and 3 is 5.'],
    ])
      report(`server-everything: ${tool}`, answer.includes(`${words}`) ? null : answer)
  } finally {
    server.kill()
  }
}

/** The answer of the Worker, once the server listens. */
async function answerOf(run: Run): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(worker.url, { method: 'POST', body: JSON.stringify(run) })
    const answer = await response.text()
    if (response.ok || attempt === 30) return answer
    await sleep(200)
  }
}
