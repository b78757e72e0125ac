/** Which deployed Workers can decrypt a provider key, according to their configuration. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, workers } from '../../scripts/project.ts'

const toml = (config: string): string => readFileSync(join(root, config), 'utf8').replace(/^\s*#.*$/gm, '')
/** The entrypoints of soma-conversation that a configuration binds. */
const entrypoints = (text: string): string[] =>
  text
    .split('[[')
    .filter((block) => block.startsWith('services]]') && block.includes('"soma-conversation"'))
    .map((block) => /entrypoint = "(\w+)"/.exec(block)?.[1] ?? 'default')

describe('A provider key', () => {
  it('20. can be decrypted only by the conversation Worker: no other Worker has the root keys', () => {
    const holders = workers.filter(({ config }) => toml(config).includes('SOMA_ROOT_KEYS')).map(({ config }) => config)
    expect(holders).toEqual(['workers/conversation/wrangler.toml'])
    for (const { types } of workers) {
      const has = readFileSync(join(root, types), 'utf8').includes('SOMA_ROOT_KEYS')
      expect([types, has]).toEqual([types, types.includes('workers/conversation/')])
    }
  })

  it('20. is never returned by it: the gateway may seal and test, and the objects may run turns', () => {
    const bound = Object.fromEntries(workers.map(({ config }) => [config, entrypoints(toml(config))]))
    expect(bound['wrangler.toml']?.sort()).toEqual(['ModelDesk', 'Vault'])
    expect(bound['durable-objects/wrangler.toml']).toEqual(['TurnRunner'])
    for (const [config, names] of Object.entries(bound))
      if (config !== 'wrangler.toml' && config !== 'durable-objects/wrangler.toml') expect([config, names]).toEqual([config, []])
  })
})
