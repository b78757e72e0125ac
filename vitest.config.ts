/** Where tests run: rules and scripts in Node, objects and Workers in workerd, the whole stack and browsers from Node. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { bundledSources, bundleRule } from './test/support/bundled-sources.ts'
import { testFiles } from './test/support/runners.ts'

type Miniflare = NonNullable<Exclude<Parameters<typeof cloudflareTest>[0], (...args: never[]) => unknown>['miniflare']>

/** Loaded before each test file. */
const setupFiles = ['./test/support/patient-waits.ts']

/**
 * Tests of one Worker, inside workerd. `test/FOLDER/worker.ts` runs: the Worker itself, plus stand-ins for what it calls in other Workers.
 * Tests can reach the stand-ins. Bindings to other Workers point at them. The sources are bundled once for all files.
 */
function workerd(name: string, folder: string, configPath: string, options: (inject: (key: string) => string) => Miniflare) {
  const main = `./test/${folder}/worker.ts`
  const globalSetup = `./test/${folder}/setup.ts`
  const files = testFiles('workerd', folder)
  const define = { DEVELOPMENT_BUILD: 'true' }
  return {
    main,
    define,
    plugins: [
      bundledSources([main, ...files], define),
      cloudflareTest(({ inject }) => {
        const { bindings, ...rest } = options((key) => inject<string>(key))
        return {
          main,
          // Otherwise workerd prints every fault that a test provokes.
          verbose: false,
          wrangler: { configPath },
          miniflare: { ...rest, modulesRules: [bundleRule], bindings: { SOMA_LOG_LEVEL: 'warn', ...bindings } },
        }
      }),
    ],
    test: {
      name,
      include: files,
      setupFiles,
      ...(existsSync(globalSetup) ? { globalSetup } : {}),
      testTimeout: 15_000,
      // A module of `bundledSources` is valid in one run.
      fsModuleCache: false,
    },
  }
}

const node = (name: string, timeoutMs: number, include = [`test/${name}/**/*.test.ts`]) => ({
  test: {
    name,
    include,
    setupFiles,
    environment: 'node',
    testTimeout: timeoutMs,
    // A stack may need two minutes to start on a busy machine.
    hookTimeout: name === 'unit' || name === 'simulation' ? Math.max(timeoutMs, 30_000) : 150_000,
  },
})

/** The objects on the simulated platform, which replaces the module of the real one. */
const simulation = {
  resolve: { alias: { 'cloudflare:workers': `${import.meta.dirname}/test/simulation/cloudflare-workers.ts` } },
  ...node('simulation', 60_000),
}

/** A private ES256 key for the tests. */
const testKey = () =>
  JSON.stringify({
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
    alg: 'ES256',
    use: 'sig',
    kid: 'test',
  })
const signingKey = testKey()
const policyKey = testKey()

const keySetOf = (privateKey: string): string => {
  const { d: _, ...publicJwk } = JSON.parse(privateKey)
  return JSON.stringify({ keys: [publicJwk] })
}

/** Issuers that the gateway's tests sign for with the test key. The keys of the last two are fetched; see `auth/refused-credentials.test.ts`. */
const trustedIssuers = JSON.stringify([
  { issuer: 'https://idp.test', audience: 'soma', jwks: JSON.parse(keySetOf(signingKey)), tenant_claim: 'org', tenants: '*' },
  { issuer: 'https://strict.test', audience: 'soma', jwks: JSON.parse(keySetOf(signingKey)), tenant: 'acme', typ: 'at+jwt' },
  { issuer: 'https://keycloak.test', audience: 'soma', jwks_uri: 'https://keycloak.test/keys', tenant: 'acme' },
  { issuer: 'https://away.test', audience: 'soma', jwks_uri: 'https://away.test/keys', tenant: 'acme' },
])

/** The root key of the tests' issuer. */
const rootKeys = `test:${randomBytes(32).toString('base64')}`

/** The secrets and settings of the conversation Worker alone. */
const vault = {
  SOMA_ROOT_KEYS: `r1:${randomBytes(32).toString('base64')}`,
  SOMA_LOOPBACK_MODELS: 'true',
  SA01_CRYPTO_FERNET_KEY: `${randomBytes(32).toString('base64url')}=`,
}

const workers = [
  workerd('workers/background', 'workers/background', './workers/background/wrangler.toml', (inject) => ({
    bindings: {
      SOMA_DATABASE_URL: inject('databaseUrl'),
      SOMA_DATABASE_HTTP: inject('databaseHttp'),
      KAFKA_REST_URL: `${inject('kafkaRest')}/worker`,
    },
    durableObjects: {
      SESSION: 'Session',
      TENANT: { className: 'Tenant', useSQLite: true },
      AUDIT_TRAIL: { className: 'AuditTrail', useSQLite: true },
      ACCOUNTS: { className: 'Accounts', useSQLite: true },
      MEMORY: { className: 'Memory', useSQLite: true },
    },
    queueProducers: { AUDIT_RELAY: 'audit-relay' },
  })),
  workerd('workers/conversation', 'workers/conversation', './workers/conversation/wrangler.toml', () => ({
    bindings: vault,
    durableObjects: {
      SESSION: 'Session',
      ACCOUNTS: { className: 'Accounts', useSQLite: true },
      TENANT: { className: 'Tenant', useSQLite: true },
      LIMITER: { className: 'Limiter', useSQLite: true },
      AUDIT_TRAIL: { className: 'AuditTrail', useSQLite: true },
      ATTACHMENTS: { className: 'Attachments', useSQLite: true },
      MEMORY: { className: 'Memory', useSQLite: true },
      DIRECTORY: { className: 'Directory', useSQLite: true },
    },
    queueProducers: { AUDIT_RELAY: 'audit-relay' },
    serviceBindings: {
      TOOLS: { name: 'soma-conversation', entrypoint: 'ToolCatalog' },
      DOCUMENTS: { name: 'soma-conversation', entrypoint: 'DocumentText' },
    },
  })),
  workerd('workers/gateway', 'workers/gateway', './wrangler.toml', () => ({
    bindings: {
      SOMA_OPERATOR_KEYS: keySetOf(signingKey),
      SOMA_DEV_HOSTS: 'soma.test',
      TEST_SIGNING_KEY: signingKey,
      SOMA_DEV_SIGN_IN: 'true',
      SOMA_ISSUER_ROOT_KEYS: rootKeys,
      SOMA_POLICY_KEYS: keySetOf(policyKey),
      SOMA_TRUSTED_ISSUERS: trustedIssuers,
      SOMA_OIDC_ISSUER: 'https://login.test',
      SOMA_OIDC_CLIENT_ID: 'soma-client',
      SOMA_OIDC_CLIENT_SECRET: 'a-secret-of-tests',
      SOMA_OIDC_TENANT: 'oidc',
      TEST_POLICY_KEY: policyKey,
      ...vault,
    },
    durableObjects: {
      SESSION: { className: 'Session', useSQLite: true },
      HOME: { className: 'Home', useSQLite: true },
      DIRECTORY: { className: 'Directory', useSQLite: true },
      TENANT: { className: 'Tenant', useSQLite: true },
      ISSUER: { className: 'Issuer', useSQLite: true },
      LIMITER: { className: 'Limiter', useSQLite: true },
      AUDIT_TRAIL: { className: 'AuditTrail', useSQLite: true },
      ACCOUNTS: { className: 'Accounts', useSQLite: true },
      MEMORY: { className: 'Memory', useSQLite: true },
      RELATIONS: { className: 'Relationships', useSQLite: true },
      ATTACHMENTS: { className: 'Attachments', useSQLite: true },
      UPLOADS: { className: 'ResumableUpload', useSQLite: true },
    },
    queueProducers: {
      CONVERSATION_INBOUND: 'conversation-inbound',
      OUTBOUND_RELAY: 'conversation-outbound-relay',
      OUTBOUND_MEMORY: 'conversation-outbound-memory',
      OUTBOUND_TOPICS: 'conversation-outbound-topics',
      AUDIT_RELAY: 'audit-relay',
    },
    serviceBindings: {
      BACKGROUND: { name: 'soma-gateway', entrypoint: 'Relay' },
      RUNNER: { name: 'soma-gateway', entrypoint: 'TurnRunner' },
      VAULT: { name: 'soma-gateway', entrypoint: 'Vault' },
      MODEL_DESK: { name: 'soma-gateway', entrypoint: 'ModelDesk' },
      SANDBOX: { name: 'soma-gateway', entrypoint: 'PolicySandbox' },
      TOOLS: { name: 'soma-gateway', entrypoint: 'ToolCatalog' },
      MCP: { name: 'soma-gateway', entrypoint: 'McpConnector' },
    },
  })),
  workerd('durable-objects', 'durable-objects', './durable-objects/wrangler.toml', () => ({
    // One consumer. Tests of several consumers name them.
    bindings: { SOMA_ISSUER_ROOT_KEYS: rootKeys, SOMA_CONSUMERS: 'relay', SOMA_AUDIT_KEEP_DAYS: '30' },
    serviceBindings: {
      RUNNER: { name: 'soma-state', entrypoint: 'TurnRunner' },
      EXECUTOR: { name: 'soma-state', entrypoint: 'ToolExecutor' },
    },
  })),
].filter(({ main }) => existsSync(main))

export default defineConfig({
  test: {
    // Tests of a stack share one, also those of different projects; see test/support/shared-stack.ts.
    globalSetup: './test/support/shared-stacks.ts',
    // Two files at a time even on two cores: tests of a stack wait more than they compute.
    maxWorkers: Math.min(4, Math.max(2, availableParallelism() - 1)),
    projects: [
      node('unit', 15_000, testFiles('unit')),
      simulation,
      ...workers.map(({ main, ...project }) => project),
      node('security', 60_000),
      node('e2e', 60_000),
      node('chaos', 120_000),
      // All files of a worker share its process and its Chromium: starting both takes three seconds of CPU time.
      { test: { ...node('browser', 120_000).test, isolate: false } },
    ],
  },
})
