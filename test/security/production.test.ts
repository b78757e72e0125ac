import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/project.ts'

const folder = mkdtempSync(join(tmpdir(), 'soma-deploy-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The exact bundle that a deployment uploads. */
function deployed(...options: string[]): string {
  const args = ['deploy', '--dry-run', '--outdir', folder, '-c', join(root, 'wrangler.toml'), ...options]
  execFileSync('wrangler', args, { cwd: root, env: { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false' }, stdio: 'pipe' })
  return readFileSync(join(folder, 'worker.js'), 'utf8')
}

/** Texts that only this module contains. */
const traces = [/Sign in without a password/, /function devSignIn/, /function rejectForeignHost/, /ownTenant = "local"/]

describe('The deployed bundle', () => {
  it('does not contain the development sign-in, not even disabled', () => {
    const gateway = deployed()
    expect(gateway.length).toBeGreaterThan(100_000)
    for (const trace of traces) expect(gateway).not.toMatch(trace)
  })

  it('contains it in a development build, so that the search means something', () => {
    const gateway = deployed('--define', 'DEVELOPMENT_BUILD:true')
    for (const trace of traces) expect(gateway).toMatch(trace)
  })
})
