/** The commands and their arguments. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

function runCommand(
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [join(root, script), ...args], { cwd: root, env: { ...process.env, ...env } })
  let [out, err] = ['', '']
  child.stdout.on('data', (text) => (out += text))
  child.stderr.on('data', (text) => (err += text))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

describe('npm run bench', () => {
  it('prints its usage on --help and for unknown names', async () => {
    const help = await runCommand('bench/run.ts', ['--help'])
    expect([help.code, help.err]).toEqual([0, ''])
    expect(help.out).toMatch(/^npm run bench -- NAME .*fanout, .*ttft/)
    const unknown = await runCommand('bench/run.ts', ['append', '--no-such-option'])
    expect(unknown.code).toBe(1)
    expect(unknown.err).toContain('--no-such-option')
    expect(unknown.err).toContain('npm run bench -- NAME')
    expect(unknown.err).not.toContain('    at ')
  })
})

describe('npm run backup', () => {
  it('calls the stack at PORT', async () => {
    const requests: string[] = []
    const server = createServer((request, response) => {
      requests.push(request.url ?? '')
      response.writeHead(403, { 'content-type': 'application/problem+json' }).end('{"type":"/problems/forbidden","detail":"not you"}')
    })
    await new Promise<void>((done) => server.listen(0, 'localhost', done))
    const { port } = server.address() as AddressInfo
    const { code } = await runCommand('scripts/backup.ts', [join(root, 'no-such-folder', 'file')], { PORT: `${port}`, SOMA_TOKEN: 'a.b.c' })
    server.close()
    expect(code).not.toBe(0)
    expect(requests[0]).toMatch(/^\/v1\/admin\/tenants/)
  })
})
