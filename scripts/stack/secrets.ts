/**
 * What a development stack must keep secret, made once and kept in `.dev.vars`. All of it comes to the Workers through
 * the environment, like what else configures them; each sees what its own `wrangler.toml` declares. The vault's root keys lie in a
 * file of their own: wrangler reads `.dev.vars` for the gateway, which must not have them.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { appendFileSync, chmodSync, existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { root } from '../project.ts'
import { keySetOf } from './policy.ts'

const file = join(root, '.dev.vars')
const vaultFile = join(root, '.root-keys')

export interface Secrets {
  /** The development issuer's private key, ES256. */
  readonly signingKey: JWK & { readonly kid: string }
  /** All that the file says, for the environment of the Workers. What the environment says already counts more. */
  readonly env: Readonly<Record<string, string>>
  /** Whether they were made just now. */
  readonly fresh: boolean
}

/** The development secrets; makes them if there are none. Only their owner can read the file. */
export async function developmentSecrets(): Promise<Secrets> {
  const fresh = !existsSync(file)
  if (fresh) await make()
  chmodSync(file, 0o600)
  const said: Record<string, string> = {
    ...parseEnv(readFileSync(file, 'utf8')),
    SOMA_ISSUER_ROOT_KEYS: rootKeys(),
    SOMA_ROOT_KEYS: vaultKeys(),
    SOMA_LOOPBACK_MODELS: 'true',
  }
  const text = said.SOMA_SIGNING_KEY
  const signingKey = text === undefined ? undefined : parseKey(text)
  if (!signingKey)
    throw new Error(
      '.dev.vars holds no SOMA_SIGNING_KEY that is a private ES256 key as JSON with a kid. Remove the file and it is made anew.',
    )
  // Nobody else signs policies in development.
  said.SOMA_POLICY_KEYS ??= keySetOf(signingKey)
  return { signingKey, env: Object.fromEntries(Object.entries(said).filter(([name]) => !process.env[name])), fresh }
}

async function make(): Promise<void> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const signingKey = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: randomUUID() }
  const text = `# Development secrets, made by npm start. Never commit them.\nSOMA_SIGNING_KEY='${JSON.stringify(signingKey)}'\nSOMA_DEV_SIGN_IN=true\n`
  keep(file, text)
}

/** What wraps the data keys that seal the tenants' secrets. Whoever loses it loses them. */
function vaultKeys(): string {
  if (!existsSync(vaultFile)) keep(vaultFile, `dev-${randomBytes(4).toString('hex')}:${randomBytes(32).toString('base64')}\n`)
  chmodSync(vaultFile, 0o600)
  return readFileSync(vaultFile, 'utf8').trim()
}

/** Writes a file that only its owner can read, unless there is one by then. */
function keep(file: string, text: string): void {
  const scratch = `${file}.${process.pid}`
  writeFileSync(scratch, text, { mode: 0o600, flag: 'wx' })
  try {
    // Unlike a rename, this never replaces what another process has just made.
    linkSync(scratch, file)
  } catch (error) {
    if (!existsSync(file)) throw error
  } finally {
    rmSync(scratch)
  }
}

/** Every root key that the file lists. A file from before there were any gets one; if two processes give it one each, both count. */
function rootKeys(): string {
  const listed = [...readFileSync(file, 'utf8').matchAll(/^SOMA_ISSUER_ROOT_KEYS=(.+)$/gm)].map(([, key]) => key)
  if (listed.length > 0) return listed.join(' ')
  appendFileSync(file, `SOMA_ISSUER_ROOT_KEYS=dev-${randomBytes(4).toString('hex')}:${randomBytes(32).toString('base64')}\n`)
  return rootKeys()
}

function parseKey(text: string): Secrets['signingKey'] | undefined {
  try {
    const key: unknown = JSON.parse(text)
    return isSigningKey(key) ? key : undefined
  } catch {
    return undefined
  }
}

function isSigningKey(key: unknown): key is Secrets['signingKey'] {
  if (typeof key !== 'object' || key === null) return false
  return 'crv' in key && key.crv === 'P-256' && 'd' in key && typeof key.d === 'string' && 'kid' in key && typeof key.kid === 'string'
}
