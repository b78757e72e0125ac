/** Prints a token for the running or next development stack. Prints no other text. */
import { parseArgs } from 'node:util'
import { Subject, TenantId } from '../shared/ids.ts'
import { developmentSecrets } from './stack/secrets.ts'
import { sign } from './stack/token.ts'

const usage = `npm run -s token -- --tenant acme --subject alice [--scopes "a b"] [--ttl 3600]

Prints an access token that the development stack accepts.
  --tenant   the tenant that owns the data: 1 to 64 letters, digits, - or _, the first a letter or digit
  --subject  the user: 1 to 255 printable characters
  --scopes   the scopes, separated by spaces (default: none)
  --ttl      seconds until it expires (default: 3600)`

try {
  const { values } = parseArgs({
    options: {
      tenant: { type: 'string' },
      subject: { type: 'string' },
      scopes: { type: 'string', default: '' },
      ttl: { type: 'string', default: '3600' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) console.log(usage)
  else {
    const tenant = TenantId.safeParse(values.tenant)
    const subject = Subject.safeParse(values.subject)
    const ttlSeconds = Number(values.ttl)
    if (!tenant.success) throw new Error('--tenant must be 1 to 64 letters, digits, "-" or "_", the first a letter or digit')
    if (!subject.success) throw new Error('--subject must be 1 to 255 printable characters without spaces')
    if (!Number.isSafeInteger(ttlSeconds) || values.ttl.trim() === '') throw new Error('--ttl must be a whole number of seconds')
    const { signingKey } = await developmentSecrets()
    console.log(await sign(signingKey, { tenant: tenant.data, subject: subject.data, scopes: values.scopes, ttlSeconds }))
  }
} catch (error) {
  console.error(`token: ${error instanceof Error ? error.message.split('\n')[0] : error} (see --help)`)
  process.exitCode = 1
}
