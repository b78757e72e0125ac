import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/project.ts'

const folder = mkdtempSync(join(tmpdir(), 'soma-deploy-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What would be deployed, to the letter. */
function deployed(...options: string[]): string {
  const args = ['deploy', '--dry-run', '--outdir', folder, '-c', join(root, 'wrangler.toml'), ...options]
  execFileSync('wrangler', args, { cwd: root, env: { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false' }, stdio: 'pipe' })
  return readFileSync(join(folder, 'worker.js'), 'utf8')
}

/** Words of the module, and of nothing else. */
const traces = [/Sign in without a password/, /function devSignIn/, /ownTenant = "local"/]

describe('What is deployed', () => {
  it('has no sign-in without a password: it is not switched off, but not there', () => {
    const gateway = deployed()
    expect(gateway.length).toBeGreaterThan(100_000)
    for (const trace of traces) expect(gateway).not.toMatch(trace)
  })

  it('would have it in a development build, so that the search means something', () => {
    const gateway = deployed('--define', 'DEVELOPMENT_BUILD:true')
    for (const trace of traces) expect(gateway).toMatch(trace)
  })
})
