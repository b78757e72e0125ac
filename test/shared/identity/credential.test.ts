import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCredential, hasChecksum, importChecksumKey, parseCredential } from '../../../shared/identity/credential.ts'
import { canManage, isAdmin, roles, weakerRole } from '../../../shared/identity/role.ts'
import { parseTrusted, tenantOf } from '../../../shared/identity/trusted-issuer.ts'
import { TenantId } from '../../../shared/ids.ts'

const acme = TenantId.parse('acme_1-x')

describe('A credential', () => {
  it('parses from its text, and only a hash is stored', async () => {
    const created = await createCredential('soma', acme, null)
    assert.deepEqual(await parseCredential('soma', created.text), { tenant: acme, id: created.id, hash: created.hash })
    assert.ok(!created.text.includes(created.hash))
    assert.match(created.text, /^soma_acme_1-x\.[A-Za-z0-9]{12}_[A-Za-z0-9]{43}$/)
  })

  it('M5. ends with a checksum that only the key makes, in the form of earlier releases', async () => {
    const [key, other] = await Promise.all([1, 2].map((n) => importChecksumKey(new Uint8Array(32).fill(n))))
    assert.ok(key && other)
    for (const kind of ['soma', 'somarefresh', 'somachallenge'] as const) {
      const { text, id, hash } = await createCredential(kind, acme, key)
      assert.match(text, /^\w+_acme_1-x\.[A-Za-z0-9]{12}_[A-Za-z0-9]{43}$/)
      assert.deepEqual(await parseCredential(kind, text), { tenant: acme, id, hash })
      assert.equal(await hasChecksum(text, key), true)
      assert.equal(await hasChecksum(text, other), false)
      const changed = [
        text.replace(kind, 'soma_x'),
        text.replace('acme', 'acmf'),
        text.replace(`.${id}`, `.${'A'.repeat(12)}`),
        text.replace('_1-x', '_2-x'),
      ]
      for (const changedText of changed) assert.equal(await hasChecksum(changedText, key), false, changedText)
      assert.equal(await hasChecksum((await createCredential(kind, acme, null)).text, key), false)
      const next = await createCredential(kind, acme, key, id)
      assert.ok(next.text.startsWith(`${kind}_acme_1-x.${id}_`) && (await hasChecksum(next.text, key)))
    }
  })

  it('is different each time', async () => {
    const credentials = await Promise.all(Array.from({ length: 200 }, () => createCredential('soma', acme, null)))
    assert.equal(new Set(credentials.map(({ text }) => text)).size, 200)
    assert.equal(new Set(credentials.map(({ id }) => id)).size, 200)
  })

  it('of another kind, or with surrounding text, does not parse', async () => {
    const { text } = await createCredential('soma', acme, null)
    assert.equal(await parseCredential('somarefresh', text), null)
    for (const other of [`${text}\n`, ` ${text}`, text.slice(0, -1), `${text}x`, text.replace('.', '/'), text.replace('acme', '../'), ''])
      assert.equal(await parseCredential('soma', other), null, JSON.stringify(other))
  })
})

describe('Roles', () => {
  it('are managed by stronger roles, and owners only by owners', () => {
    assert.deepEqual(roles.filter(isAdmin), ['owner', 'admin'])
    assert.ok(roles.every((role) => canManage('owner', role)))
    assert.deepEqual(
      roles.filter((role) => canManage('admin', role)),
      ['admin', 'member', 'viewer'],
    )
    for (const by of ['member', 'viewer'] as const) assert.ok(!roles.some((role) => canManage(by, role)))
    assert.equal(weakerRole('owner', 'member'), 'member')
    assert.equal(weakerRole('viewer', 'member'), 'viewer')
  })
})

describe('Trusted issuers', () => {
  const validConfig = { issuer: 'https://idp', audience: 'soma', jwks_uri: 'https://idp/keys', tenant_claim: 'org', tenants: ['acme'] }
  const parse = (...issuers: object[]) => parseTrusted(JSON.stringify(issuers))

  it('are empty by default', () => {
    assert.deepEqual(parseTrusted(''), { ok: true, value: [] })
    assert.equal(parse(validConfig).ok, true)
  })

  it('are refused as a whole after any mistake', () => {
    const mistakes = [
      { ...validConfig, tenant: 'acme' },
      { ...validConfig, tenant_claim: undefined },
      { ...validConfig, jwks_uri: undefined },
      { ...validConfig, jwks_uri: 'file:///etc/passwd' },
      { ...validConfig, algorithms: ['HS256'] },
      { ...validConfig, algorithms: ['none'] },
      { ...validConfig, audience: '' },
      { ...validConfig, typo: 1 },
    ]
    for (const mistake of mistakes) assert.equal(parse(validConfig, mistake).ok, false, JSON.stringify(mistake))
    assert.equal(parseTrusted('{').ok, false)
  })

  it('map a token to a tenant or to none', () => {
    const parsed = parse(validConfig)
    const issuer = parsed.ok ? parsed.value[0] : undefined
    assert.ok(issuer)
    assert.equal(tenantOf(issuer, { org: 'acme' }), 'acme')
    for (const org of [undefined, '', '../acme', 'a/b', 5, ['acme'], { acme: 1 }]) assert.equal(tenantOf(issuer, { org }), null)
  })

  it('M7. name only the tenants of their list', () => {
    const parsed = parse({ ...validConfig, tenants: ['acme', 'globex'] })
    const issuer = parsed.ok ? parsed.value[0] : undefined
    assert.ok(issuer)
    for (const org of ['acme', 'globex']) assert.equal(tenantOf(issuer, { org }), org)
    for (const org of ['initech', 'Acme', '', undefined]) assert.equal(tenantOf(issuer, { org }), null)
    for (const tenants of [[], ['../x'], 'acme']) assert.equal(parse({ ...validConfig, tenants }).ok, false)
    assert.equal(parse({ ...validConfig, tenant_claim: undefined, tenant: 'acme', tenants: ['acme'] }).ok, false)
  })

  it('M7. name any tenant only if `tenants` is `*`, and are refused without it', () => {
    assert.deepEqual(parse({ ...validConfig, tenants: undefined }), {
      ok: false,
      error: { detail: '0 needs `tenants` with `tenant_claim`: a list of tenants, or "*" for any' },
    })
    const parsed = parse({ ...validConfig, tenants: '*' })
    const issuer = parsed.ok ? parsed.value[0] : undefined
    assert.ok(issuer)
    for (const org of ['acme', 'initech']) assert.equal(tenantOf(issuer, { org }), org)
    for (const org of ['*', '', undefined, ['acme']]) assert.equal(tenantOf(issuer, { org }), null)
    for (const tenants of [['*'], '**', '', null]) assert.equal(parse({ ...validConfig, tenants }).ok, false)
    // Rules without `tenants` cannot come from the configuration. They name none.
    assert.equal(tenantOf({ tenant_claim: 'org' }, { org: 'acme' }), null)
    assert.equal(parse({ ...validConfig, tenant_claim: undefined, tenant: 'acme', tenants: undefined }).ok, true)
  })
})
