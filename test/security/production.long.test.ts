import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/project.ts'

const folder = mkdtempSync(join(tmpdir(), 'soma-deploy-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The exact bundle that a deployment uploads. */
function deployed(config = 'wrangler.toml', ...options: string[]): string {
  const args = ['deploy', '--dry-run', '--outdir', folder, '-c', join(root, config), ...options]
  execFileSync('wrangler', args, { cwd: root, env: { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false' }, stdio: 'pipe' })
  return readFileSync(join(folder, 'worker.js'), 'utf8')
}

/** Texts that only the code of the development sign-in contains. */
const traces = [/Sign in without a password/, /function devSignIn/, /function rejectForeignHost/, /ownTenant = "local"/]

/** Texts of the code that tries policies, constitutions and changed inputs. */
const trials = [
  /the tests before it used up the fuel of all tests/,
  /function loadReplay/,
  /function loadExplainer/,
  /function examinePolicy/,
]

describe('The deployed bundle', () => {
  let gateway = ''
  beforeAll(() => {
    // The configuration names the web app's folder. Its files are no part of the bundle.
    mkdirSync(join(root, 'web/dist'), { recursive: true })
    gateway = deployed()
  })

  it('does not contain the development sign-in, not even disabled', () => {
    expect(gateway.length).toBeGreaterThan(100_000)
    for (const trace of traces) expect(gateway).not.toMatch(trace)
  })

  it('contains the development sign-in in a development build, which shows that the search can fail', () => {
    const development = deployed('wrangler.toml', '--define', 'DEVELOPMENT_BUILD:true')
    for (const trace of traces) expect(development).toMatch(trace)
  })

  it('sets no names of functions while it serves requests', () => {
    for (const bundle of [gateway, deployed('durable-objects/wrangler.toml')]) expect(bundle).not.toMatch(/\b__name\b/)
    // The bundler's default sets them, which shows that the search can fail.
    expect(deployed('workers/sandbox/wrangler.toml')).toMatch(/\b__name\b/)
  })

  it('H1: of the gateway cannot try a policy, and that of the sandbox can', () => {
    const sandbox = deployed('workers/sandbox/wrangler.toml')
    for (const trial of trials) {
      expect(sandbox).toMatch(trial)
      expect(gateway).not.toMatch(trial)
    }
  })
})
