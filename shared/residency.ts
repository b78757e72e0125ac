/**
 * Where a tenant's objects live. Pure. A jurisdiction is a guarantee for every stored byte; a location is a hint for where an object is
 * created. A jurisdiction is part of an object's identity, so a tenant with data must not change it.
 */
import { z } from 'zod'
import { PartyUnavailable } from './faults.ts'
import { TenantId } from './ids.ts'
import { OwnError } from './log/error.ts'
import { expectedOf, InvalidVariable } from './settings/variable.ts'
import { readVariable, variables } from './settings/variables.ts'

/** Cloudflare's jurisdictions and locations for Durable Objects. */
export const Residence = z.union([
  z.strictObject({ jurisdiction: z.enum(['eu', 'fedramp', 'us']) }),
  z.strictObject({ location: z.enum(['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me']) }),
])
export type Residence = z.infer<typeof Residence>

/** The residence of each tenant that has one. */
export type Residency = ReadonlyMap<TenantId, Residence>

/** Parses `SOMA_RESIDENCY`: empty, or JSON by tenant. Throws at any mistake, so that a typing error cannot place data elsewhere. */
export function parseResidency(text: string): Residency {
  if (text.trim() === '') return new Map()
  const parsed = z.record(TenantId, Residence).safeParse(JSON.parse(text))
  if (!parsed.success) throw new InvalidVariable('SOMA_RESIDENCY', expectedOf(variables.SOMA_RESIDENCY))
  return new Map(Object.entries(parsed.data).map(([tenant, residence]) => [TenantId.parse(tenant), residence]))
}

/** The residence of the object with this name. Names begin with their tenant. Platform objects have no residence. */
export function residenceOf(residency: Residency, name: string): Residence | undefined {
  const slash = name.indexOf('/')
  const tenant = TenantId.safeParse(slash < 0 ? name : name.slice(0, slash))
  return tenant.success ? residency.get(tenant.data) : undefined
}

/** The part of an object namespace that is used here. */
interface Namespace {
  getByName(name: string, options?: { locationHint?: string }): unknown
  jurisdiction(jurisdiction: string): Namespace
}

/** The bindings of objects that belong to tenants. */
const namespaces = [
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
] as const

const wrappedEnvs = new WeakMap<object, object>()

/** `env` with namespaces that resolve each object in its tenant's residence. Unchanged if no tenant has a residence. */
export function withResidency<E extends { readonly SOMA_RESIDENCY?: string }>(env: E): E {
  const text = readVariable(env, 'SOMA_RESIDENCY')
  if (text === '') return env
  const cached = wrappedEnvs.get(env)
  if (cached) return cached as E
  const residency = parseResidency(text)
  const bindings: Record<string, unknown> = { ...env }
  for (const name of namespaces) if (name in env) bindings[name] = resolveInResidence(env[name as keyof E] as Namespace, residency)
  wrappedEnvs.set(env, bindings)
  return bindings as E
}

function resolveInResidence(namespace: Namespace, residency: Residency): Namespace {
  const getByName = (name: string): unknown => {
    const residence = residenceOf(residency, name)
    if (residence === undefined) return namespace.getByName(name)
    if ('jurisdiction' in residence) return namespace.jurisdiction(residence.jurisdiction).getByName(name)
    return namespace.getByName(name, { locationHint: residence.location })
  }
  return { getByName, jurisdiction: (jurisdiction) => namespace.jurisdiction(jurisdiction) }
}

/**
 * The bucket of `tenant`'s files. A tenant in a jurisdiction needs a bucket there, bound as `FILES_` and its name, such as `FILES_EU`.
 * Throws `PartyUnavailable` if there is none.
 */
export function bucketOf<B>(env: { readonly FILES: B; readonly SOMA_RESIDENCY?: string }, tenant: TenantId): B {
  const residence = parseResidency(readVariable(env, 'SOMA_RESIDENCY')).get(tenant)
  if (residence === undefined || !('jurisdiction' in residence)) return env.FILES
  const binding = `FILES_${residence.jurisdiction.toUpperCase()}`
  const bucket = (env as Readonly<Record<string, unknown>>)[binding]
  if (bucket === undefined)
    throw new PartyUnavailable("A bucket in the tenant's jurisdiction", 3_600_000, new OwnError(`${binding} is not bound`))
  return bucket as B
}
