/**
 * The secrets of a development stack, created once and stored in `.dev.vars`.
 * Workers receive them through the environment. Each Worker sees only the variables that its `wrangler.toml` declares.
 * The vault's root keys have a separate file, because wrangler reads `.dev.vars` for the gateway, which must not have them.
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

/** The secrets of a development stack. */
export interface Secrets {
  /** The development issuer's private key, ES256. */
  readonly signingKey: JWK & { readonly kid: string }
  /** The variables of the file for the Workers. Variables of the environment take precedence. */
  readonly env: Readonly<Record<string, string>>
  /** Whether this call created the secrets. */
  readonly isNew: boolean
}

/** Reads the development secrets, or creates them. Only their owner can read the file. */
export async function developmentSecrets(): Promise<Secrets> {
  const isNew = !existsSync(file)
  if (isNew) await createSecrets()
  chmodSync(file, 0o600)
  const stored: Record<string, string> = {
    ...parseEnv(readFileSync(file, 'utf8')),
    SOMA_ISSUER_ROOT_KEYS: issuerRootKeys(),
    SOMA_ROOT_KEYS: vaultRootKeys(),
    SOMA_LOOPBACK_MODELS: 'true',
    SOMA_LOOPBACK_TOOLS: 'true',
  }
  const text = stored.SOMA_SIGNING_KEY
  const signingKey = text === undefined ? undefined : parseKey(text)
  if (!signingKey)
    throw new Error('SOMA_SIGNING_KEY in .dev.vars must be a private ES256 key as JSON with a kid. Delete the file to create a new one.')
  // In development, only this key signs policies and operators' tokens. No Worker gets its private half.
  stored.SOMA_OPERATOR_KEYS ??= keySetOf(signingKey)
  stored.SOMA_POLICY_KEYS ??= keySetOf(signingKey)
  const { SOMA_SIGNING_KEY: _, ...forWorkers } = stored
  return { signingKey, env: Object.fromEntries(Object.entries(forWorkers).filter(([name]) => !process.env[name])), isNew }
}

async function createSecrets(): Promise<void> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const signingKey = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: randomUUID() }
  const text = `# Development secrets, made by npm start. Never commit them.\nSOMA_SIGNING_KEY='${JSON.stringify(signingKey)}'\nSOMA_DEV_SIGN_IN=true\n`
  writeOnce(file, text)
}

/** The root keys that wrap the data keys of the tenants' secrets. Without them, the secrets are lost. */
function vaultRootKeys(): string {
  if (!existsSync(vaultFile)) writeOnce(vaultFile, `dev-${randomBytes(4).toString('hex')}:${randomBytes(32).toString('base64')}\n`)
  chmodSync(vaultFile, 0o600)
  return readFileSync(vaultFile, 'utf8').trim()
}

/** Writes a file that only its owner can read, unless the file exists. */
function writeOnce(file: string, text: string): void {
  const scratch = `${file}.${process.pid}`
  writeFileSync(scratch, text, { mode: 0o600, flag: 'wx' })
  try {
    // Unlike a rename, this never replaces the file of another process.
    linkSync(scratch, file)
  } catch (error) {
    if (!existsSync(file)) throw error
  } finally {
    rmSync(scratch)
  }
}

/** The issuer's root keys in the file. An old file without a key gets one. If two processes each add one, both are valid. */
function issuerRootKeys(): string {
  const keys = [...readFileSync(file, 'utf8').matchAll(/^SOMA_ISSUER_ROOT_KEYS=(.+)$/gm)].map(([, key]) => key)
  if (keys.length > 0) return keys.join(' ')
  appendFileSync(file, `SOMA_ISSUER_ROOT_KEYS=dev-${randomBytes(4).toString('hex')}:${randomBytes(32).toString('base64')}\n`)
  return issuerRootKeys()
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
