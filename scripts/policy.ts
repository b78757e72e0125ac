/**
 * `npm run policy -- PLAN --revision N [--tests FILE] [--data FILE] [--tenant NAME] [--key FILE] [--url URL | --out FILE]`
 * Signs a plan of `opa build -t plan` with its tests and uploads it. `--out` writes the request instead.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readVariable } from '../shared/settings/variables.ts'
import { root } from './project.ts'
import { defaultUrl } from './stack/operator.ts'
import { signPolicy } from './stack/policy.ts'
import { developmentSecrets } from './stack/secrets.ts'
import { sign } from './stack/token.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    revision: { type: 'string' },
    tests: { type: 'string', default: join(root, 'policy', 'examples.json') },
    data: { type: 'string' },
    tenant: { type: 'string', default: 'local' },
    key: { type: 'string' },
    url: { type: 'string', default: defaultUrl },
    out: { type: 'string' },
  },
})

/** The tests in `json`: a list, or `{examples}` as in policy/. OPA reads every file there as data, and requires an object. */
const testsIn = (json: unknown): unknown => (typeof json === 'object' && json !== null && 'examples' in json ? json.examples : json)
const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))
const [plan = join(root, 'policy', 'plan.json')] = positionals
const revision = Number(values.revision)
if (!Number.isInteger(revision) || revision < 1) {
  console.error('--revision must be a whole number, higher than that of the active policy')
  process.exit(2)
}

const { signingKey } = await developmentSecrets()
const key = values.key === undefined ? signingKey : (read(values.key) as typeof signingKey)
const bundle = { revision, plan: read(plan), tests: testsIn(read(values.tests)), ...(values.data ? { data: read(values.data) } : {}) }
const signed = JSON.stringify(await signPolicy(bundle, values.tenant, key))
if (values.out !== undefined) writeFileSync(values.out, signed)
else {
  const { tenant, url } = values
  const token =
    readVariable(process.env, 'SOMA_TOKEN') || (await sign(signingKey, { tenant, subject: 'policy', scopes: 'admin', ttlSeconds: 60 }))
  const response = await fetch(`${url}/v1/policy`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: signed,
  })
  console.log(await response.text())
  process.exitCode = response.ok ? 0 : 1
}
