/**
 * The real OPA, and `peer`, which calls its compiler and evaluator.
 * Go builds the version that go.mod pins into a cache outside the project.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const moduleFolder = import.meta.dirname
export const policies = join(moduleFolder, '../../../policy')
export const planFile = join(policies, 'plan.json')

/** The entrypoints of the deployed plan. They reach every other rule, except those of voice.rego. */
export const entrypoints = [
  'soma/policy/allow',
  'soma/policy/reasons',
  'soma/policy/asks',
  'soma/constitution/allow',
  'soma/constitution/refusals',
]
/** The rules for voice. No Worker evaluates them yet, so they are tested and not deployed. */
export const voiceEntrypoints = ['voice/allow', 'voice/tool', 'voice/audio']

export interface Opa {
  readonly opa: string
  readonly peer: string
}

/** Debian's Go fetches a newer toolchain only with this setting. */
const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: process.env.GOTOOLCHAIN ?? 'auto' }

function run(command: string, args: readonly string[], input?: string): string {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    cwd: moduleFolder,
    env,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (error) throw new Error(`${command} cannot be run: OPA is built with Go`, { cause: error })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stderr}${stdout}`)
  return stdout
}

/** Builds both binaries. All checkouts share them. */
export function install(): Opa {
  const versionHash = createHash('sha256')
  for (const file of ['go.mod', 'go.sum', 'main.go']) versionHash.update(readFileSync(join(moduleFolder, file)))
  const cache = process.env.SOMA_PEERS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'soma-edge')
  const folder = join(cache, `opa-${versionHash.digest('hex').slice(0, 16)}`)
  const binaries = { opa: join(folder, 'opa'), peer: join(folder, 'peer') }
  mkdirSync(folder, { recursive: true })
  for (const [name, source] of [
    ['opa', 'github.com/open-policy-agent/opa'],
    ['peer', '.'],
  ] as const) {
    if (existsSync(binaries[name])) continue
    console.log(`building ${name} (once, takes minutes)`)
    const partial = `${binaries[name]}.${process.pid}`
    run('go', ['build', '-buildvcs=false', '-trimpath', '-p', '2', '-o', partial, source])
    renameSync(partial, binaries[name])
  }
  return binaries
}

/** The folder of the module's own test cases. */
export const testCasesFolder = (): string =>
  join(run('go', ['list', '-m', '-f', '{{.Dir}}', 'github.com/open-policy-agent/opa']).trim(), 'v1/test/cases/testdata/v1')

/** The policy files, without their tests. */
export const sources = (folder = policies): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.rego') && !name.endsWith('_test.rego'))
    .sort()
    .map((name) => join(folder, name))

/** The policy files of the deployed plan. */
export const deployedSources = (): string[] => sources().filter((file) => !file.endsWith('/voice.rego'))

/** The compiled plan of Rego files, without paths of this machine. */
export function buildPlan({ opa }: Opa, files: readonly string[], entrypointNames: readonly string[]): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'soma-plan-'))
  try {
    const bundle = join(folder, 'bundle.tar.gz')
    run(opa, ['build', '-t', 'plan', ...entrypointNames.flatMap((point) => ['-e', point]), '-o', bundle, ...files])
    const plan = JSON.parse(tarFile(gunzipSync(readFileSync(bundle)), 'plan.json')) as { static?: { files?: { value: string }[] } }
    for (const file of plan.static?.files ?? []) file.value = file.value.slice(file.value.lastIndexOf('/') + 1)
    return plan
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** One file of a tar. Headers have 512 bytes: the name at 0, the size in octal at 124. */
function tarFile(tar: Buffer, path: string): string {
  for (let position = 0; position + 512 <= tar.length; ) {
    const name = tar.toString('utf8', position, position + 100).replace(/\0.*$/s, '')
    const size = Number.parseInt(tar.toString('latin1', position + 124, position + 136), 8) || 0
    if (name.replace(/^\/+/, '') === path) return tar.toString('utf8', position + 512, position + 512 + size)
    position += 512 + Math.ceil(size / 512) * 512
  }
  throw new Error(`the bundle does not contain ${path}`)
}

/** The answer of OPA's evaluator to each input. Undefined if the query is undefined. */
export function evaluateAll({ peer }: Opa, query: string, files: readonly string[], inputs: readonly unknown[]): unknown[] {
  const text = run(peer, ['evaluate', query, ...files], inputs.map((input) => JSON.stringify(input)).join('\n'))
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const result = JSON.parse(line) as { result?: unknown; error?: string }
      return result.error === undefined ? result.result : { error: result.error }
    })
}

export const compiledCases = ({ peer }: Opa): string[] => run(peer, ['cases', testCasesFolder()]).trim().split('\n')

/** Runs the policy's own tests. Throws the failures. */
export const opaTest = ({ opa }: Opa): string => run(opa, ['test', policies])
export const opaCheck = ({ opa }: Opa): string => run(opa, ['check', '--strict', policies])
