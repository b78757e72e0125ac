import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  platformIssuerName,
  SessionId,
  Subject,
  sessionListObjectName,
  sessionObjectName,
  TenantId,
  tenantDirectoryName,
} from '../../shared/ids.ts'
import { withResidency } from '../../shared/residency.ts'

/** Bindings that report their requests. */
function bindings(residency: string) {
  const lookups: string[] = []
  const namespace = (binding: string, within = '') => ({
    getByName(name: string, options?: { locationHint?: string }) {
      lookups.push(`${binding}${within} ${name}${options?.locationHint ? ` @${options.locationHint}` : ''}`)
    },
    jurisdiction: (jurisdiction: string) => namespace(binding, `[${jurisdiction}]`),
  })
  const names = [
    'SESSION',
    'HOME',
    'DIRECTORY',
    'TENANT',
    'ACCOUNTS',
    'LIMITER',
    'AUDIT_TRAIL',
    'MEMORY',
    'RELATIONS',
    'ATTACHMENTS',
    'UPLOADS',
    'ISSUER',
  ] as const
  const objects = Object.fromEntries(names.map((name) => [name, namespace(name)])) as Record<
    (typeof names)[number],
    ReturnType<typeof namespace>
  >
  return { lookups, env: { ...objects, SOMA_RESIDENCY: residency, OTHER: { kept: true } } }
}

const residency = JSON.stringify({ acme: { jurisdiction: 'eu' }, globex: { location: 'oc' } })
const [acme, globex, other] = ['acme', 'globex', 'acme-2'].map((name) => TenantId.parse(name)) as [TenantId, TenantId, TenantId]
const session = SessionId.parse('s1')
const alice = Subject.parse('alice/eu')

describe("A tenant's objects", () => {
  it('are resolved in its jurisdiction', () => {
    const { lookups, env } = bindings(residency)
    const resolved = withResidency(env)
    resolved.SESSION.getByName(sessionObjectName(acme, session))
    resolved.HOME.getByName(sessionListObjectName(acme, alice))
    for (const binding of ['DIRECTORY', 'TENANT', 'ACCOUNTS', 'AUDIT_TRAIL', 'RELATIONS', 'ATTACHMENTS'] as const)
      resolved[binding].getByName(acme)
    resolved.LIMITER.getByName(`${acme}/model/m`)
    assert.deepEqual(lookups, [
      'SESSION[eu] acme/s1',
      'HOME[eu] acme/alice/eu',
      'DIRECTORY[eu] acme',
      'TENANT[eu] acme',
      'ACCOUNTS[eu] acme',
      'AUDIT_TRAIL[eu] acme',
      'RELATIONS[eu] acme',
      'ATTACHMENTS[eu] acme',
      'LIMITER[eu] acme/model/m',
    ])
  })

  it('are created near its location hint', () => {
    const { lookups, env } = bindings(residency)
    withResidency(env).SESSION.getByName(sessionObjectName(globex, session))
    assert.deepEqual(lookups, ['SESSION globex/s1 @oc'])
  })

  it('have no residence by default, and platform objects never have one', () => {
    const { lookups, env } = bindings(residency)
    const resolved = withResidency(env)
    resolved.SESSION.getByName(sessionObjectName(other, session))
    resolved.DIRECTORY.getByName(tenantDirectoryName)
    resolved.ISSUER.getByName(platformIssuerName)
    assert.deepEqual(lookups, ['SESSION acme-2/s1', 'DIRECTORY /', 'ISSUER /'])
    assert.equal(resolved.OTHER, env.OTHER)
  })

  it('are resolved directly if no tenant has a residence', () => {
    const { env } = bindings('')
    assert.equal(withResidency(env), env)
  })

  it('are not resolved with an invalid configuration', () => {
    for (const wrong of [
      '{',
      '{"acme":{"jurisdiction":"moon"}}',
      '{"acme":{}}',
      '{"a/b":{"location":"oc"}}',
      '{"acme":{"jurisdiction":"eu","location":"oc"}}',
    ])
      assert.throws(() => withResidency(bindings(wrong).env), wrong)
  })
})
