/** The state of everything that a request may need. Each check has its own timeout, and all run side by side. */
import type { Dependency, Readiness } from '../../../shared/api/health.ts'
import { auditAlarmsName } from '../../../shared/ids.ts'
import { DeadlineExceeded, withDeadline } from '../../../shared/lib/timeout.ts'
import { OwnError } from '../../../shared/log/error.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import { decideRemotely, opaServer } from '../../../shared/policy/opa.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import { oidcSettings } from '../auth/oidc-settings.ts'
import { trustedIssuers } from '../auth/trusted-issuers.ts'
import { isRedisReady } from '../limits/redis-counter.ts'

/** Timeout of each check. Milliseconds. */
const checkTimeoutMs = 900
/** How long a result is reused. Anyone may request it, so each isolate checks at most once in this time. Milliseconds. */
const reuseMs = 1_000

/** The name of an object that no tenant and no subject can have. The checks only read it. */
const probeName = 'ready/'

/** True: it responds, or with a note for the operator. Null: it is not configured, or a Worker of an earlier release does not know it. A text: the problem. */
type State = null | true | { readonly note: string } | string

/** Checks the dependency `name` within the timeout. Null: there is nothing to check. */
async function check(name: string, required: boolean, call: () => Promise<State>): Promise<Dependency | null> {
  const startedAt = Date.now()
  const dependency = (ok: boolean, detail?: string): Dependency => ({
    name,
    required,
    ok,
    ms: Date.now() - startedAt,
    ...(detail === undefined ? {} : { detail }),
  })
  try {
    const state = await withDeadline(call(), checkTimeoutMs)
    if (state === null) return null
    if (typeof state === 'object') return dependency(true, state.note)
    return state === true ? dependency(true) : dependency(false, state)
  } catch (error) {
    return dependency(false, error instanceof DeadlineExceeded ? error.message : 'unreachable')
  }
}

const succeeded = async (call: Promise<unknown>): Promise<true> => {
  await call
  return true
}

/** Required: without it, every request fails, or every request that writes. */
async function checkAll(env: GatewayEnv): Promise<Dependency[]> {
  const opa = opaServer(env)
  const redis = readVariable(env, 'UPSTASH_REDIS_REST_URL')
  const models = unlessOlder(() => env.MODEL_DESK.ready())
  models.catch(() => {})
  const dependencies = await Promise.all([
    check('objects', true, () => succeeded(env.HOME.getByName(probeName).list(1, null))),
    check('accounts', true, () => succeeded(env.ACCOUNTS.getByName(probeName).roleOf(probeName))),
    // A configuration that is refused: no token and no sign-in is accepted.
    check('identity', true, async () => identityProblem(env)),
    check('policy', true, () => succeeded(env.TENANT.getByName(probeName).stampsInForce())),
    // While OPA is unavailable, everything is denied.
    check('opa', true, async () => {
      if (!opa) return null
      const { reason } = await decideRemotely({ ...opa, timeoutMs: checkTimeoutMs }, {})
      return reason === 'fault' ? 'OPA does not respond. Everything is denied.' : true
    }),
    check('openfga', false, async () => {
      const isReady = await unlessOlder(() => env.TENANT.getByName(probeName).openFgaIsReady())
      return isReady === false ? 'OpenFGA does not respond. Nothing is shared.' : isReady
    }),
    check('redis', false, async () => {
      if (redis === '') return null
      return (
        (await isRedisReady(redis, readVariable(env, 'UPSTASH_REDIS_REST_TOKEN'))) || 'Redis does not respond. Each isolate counts alone.'
      )
    }),
    check('audit', false, async () => {
      const fullTrails = await env.DIRECTORY.getByName(auditAlarmsName).names('', 100)
      return fullTrails.length === 0 || `Audit trails that have used 80 % of their storage: ${fullTrails.length}.`
    }),
    check('tools', false, async () => {
      const state = await models
      return state && (state.tools || 'The tools do not respond.')
    }),
    check('model', false, async () => {
      const state = await models
      return state === null || state.model === null ? null : state.model || 'The model endpoint does not answer.'
    }),
    // Tenants choose these endpoints, so they do not degrade the platform.
    check('model_endpoints', false, async () => {
      const open = (await models.catch(() => null))?.open_breakers ?? 0
      return open === 0 ? null : { note: `Endpoints of tenants that are not called after failures: ${open}.` }
    }),
    check('sandbox', false, async () => {
      const sandbox: GatewayEnv['SANDBOX'] | undefined = env.SANDBOX
      return (await sandbox?.ready()) ?? 'The policy sandbox is not bound. Policies cannot be tried or replaced.'
    }),
    check('postgres', false, async () => (await env.BACKGROUND.ready()).ok || 'Postgres does not respond. Copies will catch up.'),
    kafka(env),
  ])
  return dependencies.filter((dependency) => dependency !== null)
}

/** The problem of the configured issuers; null: none. */
function identityProblem(env: GatewayEnv): string | null {
  try {
    trustedIssuers(env)
    oidcSettings(env)
    return null
  } catch (error) {
    // The text of an `OwnError` quotes no value.
    return error instanceof OwnError ? error.message : 'The configuration of issuers is invalid.'
  }
}

/** The state of Kafka, from the background Worker; null: no Kafka, or no response. The Postgres check reports a Worker that is down. */
async function kafka(env: GatewayEnv): Promise<Dependency | null> {
  const startedAt = Date.now()
  const state = await withDeadline(env.BACKGROUND.topics(), checkTimeoutMs).catch(() => null)
  return state && { ...state, required: false, ms: Date.now() - startedAt }
}

/** The last result of this isolate, and when the last check began, Unix ms. */
let lastResult: readonly Dependency[] | null = null
let checkedAt = 0

/** The current state, at most `reuseMs` old. */
export async function readiness(env: GatewayEnv): Promise<Readiness> {
  const now = Date.now()
  const isRecent = now >= checkedAt && now - checkedAt < reuseMs
  if (!isRecent) {
    checkedAt = now
    lastResult = await checkAll(env)
  }
  // The first check of the isolate is running. Its promise belongs to another request, so this request polls for the result.
  while (lastResult === null && Date.now() - now < reuseMs) await new Promise((done) => setTimeout(done, 20))
  const dependencies = [...(lastResult ?? (await checkAll(env)))]
  const isDown = dependencies.some(({ ok, required }) => !ok && required)
  const isDegraded = dependencies.some(({ ok }) => !ok)
  return { status: isDown ? 'down' : isDegraded ? 'degraded' : 'ok', dependencies }
}
