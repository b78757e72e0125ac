/**
 * `npm start` starts the whole stack: secrets, Postgres, migrations, the web app, and every Worker in one process.
 * Then it prints `ready URL` and a curl command. Ctrl-C or SIGTERM stops every process.
 */
import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'
import { parseTrusted } from '../shared/identity/trusted-issuer.ts'
import { readVariable, variables, variableText, wrongVariables } from '../shared/settings/variables.ts'
import { type NeonServer, serveNeon } from './neon.ts'
import { migrateNeon, openPostgres } from './postgres.ts'
import { root } from './project.ts'
import { createFolder } from './stack/folder.ts'
import { acquireLock } from './stack/lock.ts'
import { choosePort, defaultPort } from './stack/port.ts'
import { developmentSecrets, type Secrets } from './stack/secrets.ts'
import { sign } from './stack/token.ts'
import { buildWeb } from './stack/web.ts'
import { killEarlierRun, type RunningWorkers, startWorkers } from './stack/workers.ts'

/** Time for a stopping stack to release its state folder. Milliseconds. */
const handoverMs = 5_000
/** Time for the stack to become ready. Milliseconds. */
const readyMs = 90_000
/** Time to stop. Every process must end within 5 s of a signal. Milliseconds. */
const stopMs = 4_500

const log = (line: string) => console.log(line)

/** The started parts, in the order of their stop. */
let workers: RunningWorkers | undefined
let neon: NeonServer | undefined
let postgres: Promise<PGlite> | undefined
let isStopping = false

async function stop(code: number): Promise<never> {
  if (isStopping) {
    workers?.kill()
    process.exit(code)
  }
  isStopping = true
  setTimeout(() => {
    workers?.kill()
    process.exit(code)
  }, stopMs).unref()
  await workers?.stop()
  await neon?.close()
  await postgres?.then((database) => database.close()).catch(() => {})
  process.exit(code)
}

/** Prints one line, and stops everything. */
async function fail(error: unknown): Promise<never> {
  if (!isStopping) console.error(error instanceof Error ? error.message : error)
  return stop(1)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0))
process.on('uncaughtException', fail)

/** `run.mjs` forwards signals, unless it is killed itself. Then this process has a new parent. */
function stopWithParent(): void {
  if (!process.env.npm_lifecycle_event) return
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && void stop(0), 500).unref()
}

async function servingPort(): Promise<number> {
  const preferred = readVariable(process.env, 'PORT') ?? undefined
  const port = await choosePort(preferred)
  if (port === undefined)
    throw new Error(
      preferred === undefined
        ? `No free port from ${defaultPort} on. Set PORT.`
        : `Port ${preferred} is in use. Set PORT to another one, or leave it unset.`,
    )
  if (preferred === undefined && port !== defaultPort) log(`port ${defaultPort} is in use: taking ${port}`)
  return port
}

/**
 * The embedded Postgres with its migrations, behind Neon's protocol. Its address is known before it is ready.
 * SOMA_DATABASE_URL selects another database. If that is unavailable, only the copies are missing.
 */
async function startPostgres(state: string): Promise<Record<string, string>> {
  const externalUrl = readVariable(process.env, 'SOMA_DATABASE_URL')
  if (externalUrl !== '') {
    log('applying migrations to the database of SOMA_DATABASE_URL')
    await migrateNeon(externalUrl, readVariable(process.env, 'SOMA_DATABASE_HTTP') || undefined).catch(() =>
      log('THAT DATABASE CANNOT BE REACHED: starting without it; copies catch up once it is available and migrated'),
    )
    return {}
  }
  log(`starting Postgres in ${join(state, 'postgres')}`)
  const url = `postgres://soma:${crypto.randomUUID()}@localhost/soma`
  postgres = openPostgres(join(state, 'postgres'))
  neon = await serveNeon(postgres, url)
  return { SOMA_DATABASE_URL: url, SOMA_DATABASE_HTTP: neon.endpoint }
}

/** Adds Kafka to the consumers if the environment names one, unless it sets the consumers itself. */
function withKafka(): Record<string, string> {
  if (readVariable(process.env, 'KAFKA_REST_URL') === '' || variableText(process.env, 'SOMA_CONSUMERS') !== undefined) return {}
  return { SOMA_CONSUMERS: `${variables.SOMA_CONSUMERS.default} topics` }
}

/** Waits until `/ready` reports success. A gateway without `/ready` is ready when it responds. */
async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + readyMs
  let lastResponse = 'no answer'
  while (Date.now() < deadline) {
    try {
      const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(5_000) })
      const body = await response.text()
      if (response.ok || response.status === 404) return
      lastResponse = `${response.status} ${body.slice(0, 500)}`
    } catch {
      // Not listening yet.
    }
    await sleep(50)
  }
  throw new Error(`Not ready after ${readyMs / 1000} s: ${lastResponse}`)
}

/** A curl command that sends a message and streams the answer, as the development user of the web app. */
async function curl(url: string, { signingKey }: Secrets): Promise<string> {
  const token = await sign(signingKey, { tenant: 'local', subject: 'developer', scopes: '', ttlSeconds: 3600 })
  const session = `hello-${crypto.randomUUID().slice(0, 8)}`
  const authorization = `-H 'authorization: Bearer ${token}'`
  const body = JSON.stringify({ session_id: session, message: 'What can you do?' })
  return [
    `curl -sS ${url}/v1/sessions/message ${authorization} -H 'content-type: application/json' -d '${body}'`,
    `curl -sSN ${authorization} '${url}/v1/sessions/${session}/events?stream=true'`,
  ].join(' && echo && ')
}

/** The configured model, and whether it can be reached. A wrong address is the likeliest mistake. Any response counts. */
async function modelLine(): Promise<string> {
  const baseUrl = readVariable(process.env, 'SOMA_MODEL_BASE_URL')
  const name = readVariable(process.env, 'SOMA_MODEL') || 'its default'
  if (baseUrl === '') return 'model: the builtin responder; SOMA_MODEL_BASE_URL and SOMA_MODEL name a real one'
  const isReachable = await fetch(baseUrl, { signal: AbortSignal.timeout(2_000) }).then(
    () => true,
    () => false,
  )
  return `model: ${name} at ${URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl}${isReachable ? '' : ', WHICH CANNOT BE REACHED NOW'}`
}

async function start(): Promise<void> {
  const invalid = wrongVariables(process.env)
  if (invalid.length > 0) throw new Error(invalid.join('\n'))
  const trusted = parseTrusted(readVariable(process.env, 'SOMA_TRUSTED_ISSUERS'))
  if (!trusted.ok) throw new Error(`SOMA_TRUSTED_ISSUERS: ${trusted.error.detail}`)
  const folder = resolve(root, readVariable(process.env, 'SOMA_STATE'))
  createFolder(folder)
  const state = realpathSync(folder)
  if (!(await acquireLock(join(state, 'lock'), handoverMs)))
    throw new Error(`${state} is in use by another stack. Stop that one, or set SOMA_STATE to another folder.`)
  const killedCount = await killEarlierRun(state)
  if (killedCount > 0) log(`ended ${killedCount} processes of a killed stack`)

  const port = await servingPort()
  const secrets = await developmentSecrets()
  if (secrets.isNew) log('created development secrets in .dev.vars')
  // Without Cloudflare, any client can set its client-address header.
  const SOMA_ADDRESS_HEADER = variableText(process.env, 'SOMA_ADDRESS_HEADER') ?? ''
  const env = { ...secrets.env, SOMA_ADDRESS_HEADER, ...withKafka(), ...(await startPostgres(state)) }
  postgres?.catch((error) => fail(new Error(`Postgres cannot be started: ${error instanceof Error ? error.message : error}`)))
  await buildWeb(log)
  if (isStopping) return
  log('starting the Workers')
  workers = startWorkers({ state, port, env, isBundled: process.argv.includes('--bundled') }, log)
  workers.exited.then(() => isStopping || fail(new Error(`The Workers have stopped unexpectedly. See ${join(state, 'workers.log')}.`)))
  await postgres
  const url = `http://localhost:${port}`
  await Promise.race([
    untilReady(url),
    workers.unbuildable.then(() => Promise.reject(new Error('A Worker cannot be built. The reason is above.'))),
  ])
  log(await modelLine())
  log(`\nready ${url}\n\nTry it (Ctrl-C ends the stream):\n${await curl(url, secrets)}\n`)
}

stopWithParent()
start().catch(fail)
