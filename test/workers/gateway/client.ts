/** Requests to the gateway as any user of any tenant. */
import { runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { importJWK, SignJWT } from 'jose'
import { tables } from '../../../durable-objects/migrations.ts'
import type { Accounts, AuditTrail } from '../../../durable-objects/worker.ts'

/** `TEST_SIGNING_KEY`: an operator's private key, which the gateway does not have. */
const gateway = env as unknown as GatewayEnv & { readonly TEST_SIGNING_KEY: string }
const accountsOf = gateway.ACCOUNTS as unknown as DurableObjectNamespace<Accounts>
export const accounts = {
  /** The tables of a tenant's accounts object, as text. */
  dump: (tenant: string): Promise<string> =>
    runInDurableObject(accountsOf.getByName(tenant), (_, { storage: { sql } }) =>
      JSON.stringify(tables(sql).map((table) => sql.exec(`SELECT * FROM "${table}"`).toArray())),
    ),
}
export const trails = gateway.AUDIT_TRAIL as unknown as DurableObjectNamespace<AuditTrail>

export async function token(tenant: string, subject: string, scopes = ''): Promise<string> {
  return new SignJWT({ tenant, scope: scopes })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'test' })
    .setIssuer(gateway.SOMA_ISSUER)
    .setAudience(gateway.SOMA_AUDIENCE)
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime('1 h')
    .setJti(crypto.randomUUID())
    .sign(await importJWK(JSON.parse(gateway.TEST_SIGNING_KEY), 'ES256'))
}

export interface Client {
  call(method: string, path: string, body?: unknown): Promise<Response>
}

export async function client(tenant: string, subject: string, scopes = ''): Promise<Client> {
  const authorization = `Bearer ${await token(tenant, subject, scopes)}`
  return {
    call: (method, path, body) =>
      exports.default.fetch(
        new Request(`https://soma.test${path}`, {
          method,
          headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
  }
}
