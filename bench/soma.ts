/** The gateway, state, conversation and tools under `workerd serve`, configured by soma.capnp. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { root } from '../scripts/project.ts'
import { keySetOf } from '../scripts/stack/policy.ts'
import { sign } from '../scripts/stack/token.ts'
import { type Running, scratch, start } from './processes.ts'

// Both come with wrangler: its bundler and its development runtime.
const requireFromWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'))
const esbuild: { build(options: object): Promise<unknown> } = requireFromWrangler('esbuild')
const workerd: { default: string; version: string } = createRequire(requireFromWrangler.resolve('miniflare'))('workerd')

/** The measured Workers, and the names of their bundles in soma.capnp. */
const measuredWorkers = {
  gateway: { main: 'workers/gateway/worker.ts', config: 'wrangler.toml' },
  state: { main: 'durable-objects/worker.ts', config: 'durable-objects/wrangler.toml' },
  tools: { main: 'workers/tools/worker.ts', config: 'workers/tools/wrangler.toml' },
  conversation: { main: 'workers/conversation/worker.ts', config: 'workers/conversation/wrangler.toml' },
}

/** The root key of the issuer's keys. */
const rootKey = `bench:${randomBytes(32).toString('base64')}`

/** The version of workerd that wrangler depends on. */
export const workerdVersion = workerd.version

/** The operator's key, which signs the tokens of the benchmarks. */
export interface SigningKey {
  /** A private ES256 key as JSON. */
  readonly jwk: string
  /** A token signed with this key, valid for one hour. */
  readonly token: string
}

/** A new signing key, with a token for one reader. */
export async function createKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), alg: 'ES256', kid: 'bench' }
  return { jwk: JSON.stringify(jwk), token: await sign(jwk, { tenant: 'bench', subject: 'reader', scopes: '', ttlSeconds: 3_600 }) }
}

/** The guards before every route, and their replacement, which trusts the token without verification. */
const guards = /^ *for \(const path of api\) app\.use\(path, authenticate, .+\n/m
const trustToken = `app.use('/v1/*', (c, next) => {
  const { sub, tenant, exp } = JSON.parse(atob((c.req.header('authorization') ?? '').split('.')[1] ?? ''))
  c.set('principal', { tenant, subject: sub, scopes: [], roles: ['member'], via: 'token', amr: [], signedIn: false, needsMfa: false, ids: {}, expiresAt: exp * 1_000 })
  c.set('sessionOwner', sub)
  return next()
})
`

/** Removes the guards from the gateway's source. */
const unguarded = {
  name: 'unguarded',
  setup(build: { onLoad(options: { filter: RegExp }, load: (file: { path: string }) => object): void }) {
    build.onLoad({ filter: /workers\/gateway\/app\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      if (!guards.test(source)) throw new Error('this benchmark does not know the guards of the gateway')
      return { contents: source.replace(guards, trustToken), loader: 'ts' }
    })
  },
}

/** Bundles the Workers like wrangler, unminified. Returns the folder. `isSeeded`: wraps the objects with state.ts. */
export async function bundle(isSeeded = false, isGuarded = true): Promise<string> {
  const folder = scratch()
  const capnp = readFileSync(join(import.meta.dirname, 'soma.capnp'), 'utf8')
  for (const [name, { main, config }] of Object.entries(measuredWorkers)) {
    checkCompatibility(capnp, config)
    await esbuild.build({
      entryPoints: [isSeeded && name === 'state' ? join(import.meta.dirname, 'state.ts') : join(root, main)],
      alias: { 'soma-state': join(root, measuredWorkers.state.main) },
      outfile: join(folder, `${name}.js`),
      bundle: true,
      format: 'esm',
      target: 'es2024',
      conditions: ['workerd', 'worker', 'browser'],
      external: ['cloudflare:*'],
      keepNames: keepsNames(config),
      define: { 'process.env.NODE_ENV': '"production"', DEVELOPMENT_BUILD: 'false' },
      logLevel: 'error',
      ...(isGuarded ? {} : { plugins: [unguarded] }),
    })
  }
  return folder
}

/** Whether the deployment's bundler sets the `name` of each function and class. */
const keepsNames = (config: string): boolean => !/^keep_names = false$/m.test(readFileSync(join(root, config), 'utf8'))

/** Checks that soma.capnp has the compatibility date and flags of the deployment. */
function checkCompatibility(capnp: string, config: string): void {
  const toml = readFileSync(join(root, config), 'utf8')
  for (const setting of ['compatibility_date', 'compatibility_flags']) {
    const value = new RegExp(`^${setting} = (.+)$`, 'm').exec(toml)?.[1] ?? ''
    if (!capnp.includes(`= ${value};`)) throw new Error(`bench/soma.capnp and ${config} differ in ${setting}`)
  }
}

/** Starts workerd with the result of `bundle`, and with fresh state or the state in `folder`. */
export function startSoma(
  bundleFolder: string,
  key: SigningKey,
  modelUrl: string,
  folder = scratch(),
  rateLimits = 'off',
): Promise<Running> {
  const objects = join(folder, 'objects')
  mkdirSync(objects, { recursive: true })
  return start(
    workerd.default,
    [
      'serve',
      join(import.meta.dirname, 'soma.capnp'),
      `--import-path=${bundleFolder}`,
      `--directory-path=objects=${objects}`,
      '--socket-addr=http=127.0.0.1:0',
      '--socket-addr=bench=127.0.0.1:0',
      '--control-fd=3',
    ],
    {
      SOMA_OPERATOR_KEYS: keySetOf(JSON.parse(key.jwk)),
      SOMA_ISSUER_ROOT_KEYS: rootKey,
      SOMA_MODEL_BASE_URL: modelUrl,
      SOMA_RATE_LIMITS: rateLimits,
    },
    2,
  )
}
