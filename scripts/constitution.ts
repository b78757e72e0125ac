/**
 * `npm run constitution -- FILE [--validate] [--tenant NAME] [--key FILE] [--url URL | --out FILE]` Signs a constitution and loads it.
 * `--validate` only checks it and shows its effect. `--out` writes the request.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { readVariable } from '../shared/settings/variables.ts'
import { signConstitution } from './stack/constitution.ts'
import { defaultUrl } from './stack/operator.ts'
import { developmentSecrets } from './stack/secrets.ts'
import { sign } from './stack/token.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    validate: { type: 'boolean', default: false },
    tenant: { type: 'string', default: 'local' },
    key: { type: 'string' },
    url: { type: 'string', default: defaultUrl },
    out: { type: 'string' },
  },
})

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))
const [file] = positionals
if (file === undefined) {
  console.error('npm run constitution -- FILE: name the document. docs/constitution.md describes its format.')
  process.exit(2)
}
const document = read(file) as { version: number }
const { signingKey } = await developmentSecrets()
const key = values.key === undefined ? signingKey : (read(values.key) as typeof signingKey)
const signed = await signConstitution(document, values.tenant, key)
if (values.out !== undefined) writeFileSync(values.out, JSON.stringify(signed))
else {
  const { tenant, url, validate } = values
  const token =
    readVariable(process.env, 'SOMA_TOKEN') || (await sign(signingKey, { tenant, subject: 'policy', scopes: 'admin', ttlSeconds: 60 }))
  const response = await fetch(`${url}/v1/constitution/${validate ? 'validate' : 'load'}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(validate ? { ...signed, what_if: {} } : signed),
  })
  const text = await response.text()
  console.log(text)
  process.exitCode = response.ok && !(validate && (JSON.parse(text) as { valid: boolean }).valid === false) ? 0 : 1
}
