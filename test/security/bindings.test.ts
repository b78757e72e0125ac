/** Which deployed Workers can decrypt a provider key, and what the policy sandbox can reach, according to their configuration. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { unstable_readConfig } from 'wrangler'
import { root, workers } from '../../scripts/project.ts'

const toml = (config: string): string => readFileSync(join(root, config), 'utf8').replace(/^\s*#.*$/gm, '')
/** The entrypoints of soma-conversation that a configuration binds. */
const entrypoints = (text: string): string[] =>
  text
    .split('[[')
    .filter((block) => block.startsWith('services]]') && block.includes('"soma-conversation"'))
    .map((block) => /entrypoint = "(\w+)"/.exec(block)?.[1] ?? 'default')

describe('A provider key', () => {
  it('20. can be decrypted only by the Workers that call models and connectors: no other Worker has the root keys', () => {
    const holders = workers.filter(({ config }) => toml(config).includes('SOMA_ROOT_KEYS')).map(({ config }) => config)
    expect(holders).toEqual(['workers/conversation/wrangler.toml', 'workers/connectors/wrangler.toml'])
    for (const { types } of workers) {
      const has = readFileSync(join(root, types), 'utf8').includes('SOMA_ROOT_KEYS')
      expect([types, has]).toEqual([types, /workers\/(conversation|connectors)\//.test(types)])
    }
  })

  it('20. is never returned by the conversation Worker: the gateway may seal and test, and the objects may run turns', () => {
    const bound = Object.fromEntries(workers.map(({ config }) => [config, entrypoints(toml(config))]))
    expect(bound['wrangler.toml']?.sort()).toEqual(['ModelDesk', 'Vault'])
    expect(bound['durable-objects/wrangler.toml']).toEqual(['TurnRunner'])
    for (const [config, names] of Object.entries(bound))
      if (config !== 'wrangler.toml' && config !== 'durable-objects/wrangler.toml') expect([config, names]).toEqual([config, []])
  })
})

describe('The code Worker', () => {
  const path = 'workers/code/wrangler.toml'

  it('has a CPU limit, and no variable, secret or binding', () => {
    const config = unstable_readConfig({ config: join(root, path) })
    expect(config.limits?.cpu_ms).toBeLessThanOrEqual(30_000)
    expect(config.vars).toEqual({})
    expect(toml(path)).not.toMatch(/^\[(?!limits\]$)|binding|route|secret/m)
    const env = readFileSync(join(root, 'workers/code/env.gen.d.ts'), 'utf8')
    expect(/interface __BaseEnv_CodeEnv \{\s*\}/.test(env)).toBe(true)
  })
})

describe('The documents Worker', () => {
  const path = 'workers/documents/wrangler.toml'

  it('has a CPU limit, and no variable, secret or binding', () => {
    const config = unstable_readConfig({ config: join(root, path) })
    expect(config.limits?.cpu_ms).toBeLessThanOrEqual(30_000)
    expect(config.vars).toEqual({})
    expect(toml(path)).not.toMatch(/^\[(?!limits\]$)|binding|route|secret/m)
    const env = readFileSync(join(root, 'workers/documents/env.gen.d.ts'), 'utf8')
    expect(/interface __BaseEnv_DocumentsEnv \{\s*\}/.test(env)).toBe(true)
  })
})

describe('H1: the policy sandbox', () => {
  const config = unstable_readConfig({ config: join(root, 'workers/sandbox/wrangler.toml') })

  it('has a CPU limit, and no variable, secret or binding', () => {
    expect(config.limits?.cpu_ms).toBeLessThanOrEqual(10_000)
    expect(config.vars).toEqual({})
    expect(toml('workers/sandbox/wrangler.toml')).not.toMatch(/^\[(?!limits\]$)|binding|route|secret/m)
    const env = readFileSync(join(root, 'workers/sandbox/env.gen.d.ts'), 'utf8')
    expect(/interface __BaseEnv_SandboxEnv \{\s*\}/.test(env)).toBe(true)
  })

  it('is called by the gateway alone', () => {
    const callers = workers.filter(({ config }) => toml(config).includes('"soma-sandbox"')).map(({ config }) => config)
    expect(callers).toEqual(['wrangler.toml', 'workers/sandbox/wrangler.toml'])
  })
})
