/**
 * Where a tenant's objects live. A jurisdiction is a promise of the platform about every byte an object keeps; a location is a wish about
 * where it is made. An object of one jurisdiction is another than that of the same name without: a tenant must not change it once it has data.
 */
import { z } from 'zod'
import { TenantId } from './ids.ts'

/** What Cloudflare offers for Durable Objects. */
export const Residence = z.union([
  z.strictObject({ jurisdiction: z.enum(['eu', 'fedramp', 'us']) }),
  z.strictObject({ location: z.enum(['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me']) }),
])
export type Residence = z.infer<typeof Residence>

export type Residency = ReadonlyMap<TenantId, Residence>

/** What `SOMA_RESIDENCY` says: nothing, or JSON by tenant. Throws at a mistake: no byte may land elsewhere for a typing error. */
export function parseResidency(text: string): Residency {
  if (text.trim() === '') return new Map()
  const parsed = z.record(TenantId, Residence).parse(JSON.parse(text))
  return new Map(Object.entries(parsed).map(([tenant, residence]) => [TenantId.parse(tenant), residence]))
}

/** Where the object of this name belongs. Names begin with their tenant; those that do not are the platform's, which is nowhere in particular. */
export function residenceOf(residency: Residency, name: string): Residence | undefined {
  const slash = name.indexOf('/')
  const tenant = TenantId.safeParse(slash < 0 ? name : name.slice(0, slash))
  return tenant.success ? residency.get(tenant.data) : undefined
}

/** A namespace of objects, as far as it is asked here. */
interface Namespace {
  getByName(name: string, options?: { locationHint?: string }): unknown
  jurisdiction(jurisdiction: string): Namespace
}

/** The bindings whose objects belong to tenants. */
const namespaces = ['SESSION', 'HOME', 'DIRECTORY', 'TENANT', 'ACCOUNTS', 'LIMITER', 'AUDIT_TRAIL', 'MEMORY'] as const

const wrapped = new WeakMap<object, object>()

/** `env` with namespaces that find each object where its tenant's objects live. Nothing changes, and nothing is spent, where nobody has a residence. */
export function withResidency<E extends { readonly SOMA_RESIDENCY?: string }>(env: E): E {
  if (!env.SOMA_RESIDENCY) return env
  const known = wrapped.get(env)
  if (known) return known as E
  const residency = parseResidency(env.SOMA_RESIDENCY)
  const found: Record<string, unknown> = { ...env }
  for (const name of namespaces) if (name in env) found[name] = placed(env[name as keyof E] as Namespace, residency)
  wrapped.set(env, found)
  return found as E
}

function placed(namespace: Namespace, residency: Residency): Namespace {
  const getByName = (name: string): unknown => {
    const residence = residenceOf(residency, name)
    if (residence === undefined) return namespace.getByName(name)
    if ('jurisdiction' in residence) return namespace.jurisdiction(residence.jurisdiction).getByName(name)
    return namespace.getByName(name, { locationHint: residence.location })
  }
  return { getByName, jurisdiction: (jurisdiction) => namespace.jurisdiction(jurisdiction) }
}
