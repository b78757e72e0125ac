/** A constitution binds exactly the actions that code asks. Policy rules read exactly the inputs that code fills. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Constitution, loadConstitution } from '../../../shared/policy/constitution/constitution.ts'
import { policyActions, restrictableActions } from '../../../shared/policy/policy-actions.ts'

const root = join(import.meta.dirname, '../../..')
const textOf = (path: string) => readFileSync(join(root, path), 'utf8')
const codeIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.endsWith('policy-actions.ts'))
    .map((name) => [`${folder}/${name}`, textOf(`${folder}/${name}`)] as const)
/** Code that asks the policy. The constitution's own files name actions without asking for them. */
const code = [...codeIn('workers'), ...codeIn('shared/policy')].filter(([name]) => !name.includes('/constitution/'))

describe('The actions of the policy', () => {
  it('are all asked by a Worker', () => {
    const text = code.map(([, text]) => text).join('\n')
    assert.deepEqual(
      policyActions.filter((action) => !text.includes(`'${action}'`)),
      [],
    )
  })

  it('are all decided by a rule', () => {
    const rules = textOf('policy/policy.rego')
    assert.deepEqual(
      policyActions.filter((action) => !rules.includes(`"${action}"`)),
      [],
    )
  })

  it('are those that a constitution accepts, except those that must stay possible', () => {
    const rule = (action: string) => ({ kind: 'actions', article: '1', says: 'No.', actions: [action] })
    const accepts = (action: string) => Constitution.shape.rules.safeParse([rule(action)]).success
    const named = [...textOf('policy/policy.rego').matchAll(/"([a-z]+(?:\.[a-z_]+)+)"/g)].map(([, action = '']) => action)
    const accepted: string[] = [...new Set<string>([...named, ...policyActions])].filter(accepts).sort()
    const bound: readonly string[] = restrictableActions
    assert.deepEqual(accepted, [...bound].sort())
    assert.deepEqual(
      policyActions
        .filter((action) => !accepted.includes(action))
        .filter((action) => !/^(platform|constitution|admin\.(policy|constitution))\./.test(action)),
      [],
    )
    assert.ok(!accepts('conversation.delete') && !accepts('session.create'))
  })

  it('that were accepted and are not asked do not make a stored constitution unusable', () => {
    const stored = {
      name: 'old',
      version: 1,
      principles: [],
      tests: [],
      rules: [
        { kind: 'actions', article: '1', says: 'No deletes.', actions: ['conversation.delete'] },
        { kind: 'actions', article: '2', says: 'No deletes.', actions: ['session.create', 'session.delete'] },
      ],
    }
    assert.deepEqual(loadConstitution(JSON.stringify(stored))?.document.rules, [{ ...stored.rules[1], actions: ['session.delete'] }])
    assert.equal(loadConstitution(JSON.stringify({ ...stored, rules: [{ ...stored.rules[0], actions: ['no.action'] }] })), null)
  })
})

/** Where code fills each attribute. */
const filled: Readonly<Record<string, readonly [file: string, code: string]>> = {
  'principal.id': ['shared/policy/access-request.ts', 'id: subject'],
  'principal.tenant': ['shared/policy/access-request.ts', 'tenant, roles:'],
  'principal.roles': ['shared/policy/access-request.ts', 'roles: [...roles]'],
  'principal.scopes': ['shared/policy/access-request.ts', 'scopes: [...scopes]'],
  'resource.tenant': ['shared/policy/access-request.ts', '{ ...resource, tenant }'],
  'resource.owner': ['workers/gateway/policy/enforce.ts', '(owner ? { owner } : {})'],
  'resource.kind': ['shared/policy/memory-write.ts', 'resource: { kind }'],
  'resource.name': ['workers/tools/authorize-call.ts', 'name: job.name'],
  'context.relations': ['workers/gateway/policy/enforce.ts', '{ relations: await relationsTo('],
  'context.writes_this_minute': ['shared/policy/memory-write.ts', 'writes_this_minute:'],
  'context.text': ['shared/policy/memory-write.ts', '{ text }'],
  'context.arguments': ['workers/tools/authorize-call.ts', 'arguments: JSON.parse('],
  'context.arguments.text': ['workers/tools/catalog/echo.ts', 'arguments: { text:'],
  'context.arguments.size_bytes': ['workers/tools/authorize-call.ts', 'size_bytes: file'],
  'context.arguments.format': ['workers/tools/catalog/timestamp.ts', 'format: z'],
  'context.requester': ['workers/gateway/sessions/authorize-decision.ts', 'requester: call.requester'],
  'context.weaker': ['workers/gateway/sessions/authorize-decision.ts', '{ weaker: true }'],
  'context.catalog.effect': ['workers/tools/authorize-call.ts', 'effect }'],
  'context.catalog.enabled': ['workers/tools/authorize-call.ts', 'catalog: { enabled'],
  'context.catalog.scopes': ['workers/tools/authorize-call.ts', 'scopes:'],
}

describe('The entry points of the deployed plan', () => {
  const deployed = JSON.parse(textOf('policy/plan.json')) as { plans: { plans: { name: string }[] } }
  const names = deployed.plans.plans.map(({ name }) => name)

  it('are all evaluated by code', () => {
    const text = [...codeIn('shared/policy'), ...codeIn('workers')].map(([, text]) => text).join('\n')
    assert.ok(names.length > 0)
    assert.deepEqual(
      names.filter((name) => !text.includes(`'${name}'`)),
      [],
    )
  })
})

describe('The inputs of the policy', () => {
  const readInputs = new Set<string>()
  for (const file of ['policy.rego', 'tool_policy.rego', 'constitution.rego']) {
    const rules = textOf(`policy/${file}`).replaceAll(/^#.*$/gm, '')
    for (const [, path = ''] of rules.matchAll(/\binput\.((?:[a-z_]+\.)*[a-z_]+)/g)) if (path !== 'action') readInputs.add(path)
  }

  it('that rules read are filled by code', () => {
    assert.deepEqual([...readInputs].sort(), Object.keys(filled).sort())
  })

  it('are filled where this test says', () => {
    for (const [path, [file, text]] of Object.entries(filled)) assert.ok(textOf(file).includes(text), `${path}: ${file} has no ${text}`)
  })
})
