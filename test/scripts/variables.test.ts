import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { configViolations, sourceViolations } from '../../scripts/check/variables.ts'
import { parseWrangler } from '../../scripts/check/wrangler.ts'
import { configurationPage } from '../../scripts/generate/configuration.ts'
import { type SchemaNode, settingSections } from '../../scripts/generate/settings.ts'
import { root, workers } from '../../scripts/project.ts'
import { Settings } from '../../shared/settings/settings.ts'
import { variables, variablesByNoun } from '../../shared/settings/variables.ts'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const schema = z.toJSONSchema(Settings, { io: 'input' }) as SchemaNode
const file = 'durable-objects/wrangler.toml'
const toml = read(file)

describe('A wrangler.toml', () => {
  it('agrees with the declared variables', () => {
    for (const { config } of workers) expect(configViolations(config, read(config), variables)).toEqual([])
  })

  it.each([
    ['a variable that is not declared', toml.replace('[vars]', '[vars]\nSOMA_NEW = ""'), 'sets SOMA_NEW'],
    ['a variable of another Worker', toml.replace('[vars]', '[vars]\nSOMA_MODEL = ""'), 'does not declare it for state'],
    ['a secret that is not declared', toml.replace('["SOMA_ISSUER_ROOT_KEYS"]', '["SOMA_ISSUER_ROOT_KEYS", "NEW_KEY"]'), 'sets NEW_KEY'],
    ['a declared variable missing', toml.replace('SOMA_LEASE_MS = "15000"', ''), 'lacks SOMA_LEASE_MS'],
    ['another default', toml.replace('"15000"', '"15001"'), 'sets SOMA_LEASE_MS to another value'],
  ])('with %s is rejected', (_, changed, sentence) => {
    expect(changed).not.toBe(toml)
    expect(configViolations(file, changed, variables)).toEqual([expect.stringContaining(sentence)])
  })

  it('with a secret that is not declared as one is rejected', () => {
    const withoutSecret = { ...variables, SOMA_ISSUER_ROOT_KEYS: { ...variables.SOMA_ISSUER_ROOT_KEYS, secret: false } }
    expect(configViolations(file, toml, withoutSecret)).toEqual([expect.stringContaining('not declared as a secret')])
  })
})

describe('Code that reads variables', () => {
  const bindings = new Set(parseWrangler(toml).bindings)
  /** Reads each declared variable once, with `readVariable`. */
  const readsAll = {
    file: 'all.ts',
    source: Object.keys(variables)
      .map((name) => `readVariable(env, '${name}')`)
      .join('\n'),
  }
  const violationsOf = (source: string) => sourceViolations([readsAll, { file: 'changed.ts', source }], bindings, variables)

  it('is accepted when it uses readVariable', () => {
    expect(violationsOf("variableText(process.env, 'SOMA_CONSUMERS'); this.env.SESSION.getByName(name); process.env.PATH")).toEqual([])
    expect(violationsOf('/** `process.env.SOMA_NEW` */\n// env.SOMA_NEW')).toEqual([])
  })

  it.each([
    ['process.env.SOMA_NEW', 'reads SOMA_NEW, which is not declared'],
    ['c.env.SOMA_NEW', 'reads SOMA_NEW, which is not declared'],
    ["env['SOMA_NEW']", 'reads SOMA_NEW, which is not declared'],
    ['const { SOMA_NEW: fresh = 1 } = process.env', 'reads SOMA_NEW, which is not declared'],
    ["readVariable(env, 'SOMA_NEW')", 'reads SOMA_NEW, which is not declared'],
    ['this.#env.OPENFGA_URL', 'reads OPENFGA_URL without readVariable'],
    ['const { OPA_URL: url, OPA_TOKEN: token } = c.env', 'reads OPA_URL without readVariable'],
    ['const of = ({ OPA_URL }: Dependencies) => OPA_URL', 'reads OPA_URL without readVariable'],
  ])('is refused: %s', (source, sentence) => {
    expect(violationsOf(source)).toContain(`changed.ts ${sentence}`)
  })

  it('is rejected when nothing reads a declared variable', () => {
    const declared = { ...variables, SOMA_UNUSED: variables.SOMA_MODEL }
    expect(sourceViolations([readsAll], bindings, declared)).toEqual(['SOMA_UNUSED is declared, and no code reads it'])
  })
})

describe('docs/configuration.md', () => {
  const committed = read('docs/configuration.md')

  it('matches the declaration', () => {
    expect(configurationPage(variablesByNoun, schema)).toBe(committed)
  })

  it('changes with each default, description and setting', () => {
    const { SOMA_LEASE_MS } = variables
    for (const changed of [{ default: '15001' }, { description: 'Another sentence.' }, { unit: 'seconds' }]) {
      const Sessions = { ...variablesByNoun.Sessions, SOMA_LEASE_MS: { ...SOMA_LEASE_MS, ...changed } }
      expect(configurationPage({ ...variablesByNoun, Sessions }, schema)).not.toBe(committed)
    }
    const changedSchema = z.toJSONSchema(
      Settings.extend({ extra: z.strictObject({ new: z.int().meta({ description: 'New' }) }).meta({ description: 'More' }) }),
      { io: 'input' },
    )
    expect(configurationPage(variablesByNoun, changedSchema as SchemaNode)).not.toBe(committed)
  })

  it('has a row for every variable and every setting', () => {
    for (const name of Object.keys(variables)) expect(committed).toContain(`| \`${name}\` |`)
    const rows = settingSections(schema).flatMap((section) => section.rows)
    expect(rows.length).toBeGreaterThan(30)
    for (const [name = ''] of rows) expect(committed).toContain(`| ${name} |`)
  })

  it('needs a description of each setting', () => {
    const withoutDescription: SchemaNode = {
      properties: { chat: { description: 'Which models answer', properties: { profile: { type: 'string' } } } },
    }
    expect(() => settingSections(withoutDescription)).toThrow('The setting chat.profile has no description.')
  })
})
