/**
 * Neon's SQL-over-HTTP protocol in front of PGlite, so that Workers reach the embedded Postgres like a hosted one.
 * Values are sent in Postgres's text format, and the client parses them. https://github.com/neondatabase/serverless
 */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PGlite, Results, Transaction } from '@electric-sql/pglite'

/** A running server. */
export interface NeonServer {
  /** The address for `neonConfig.fetchEndpoint`. */
  readonly endpoint: string
  close(): Promise<void>
}

interface Query {
  readonly query: string
  readonly params: unknown[]
}

/** An error in the form of Postgres. `code` is an SQLSTATE. */
class Refusal extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

const maxBodyBytes = 64 * 1024 * 1024

/** Statements that change the connection. All clients share one, so no transaction, setting or lock may outlive a request. */
const connectionStatement =
  /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare|set|reset|discard|listen|unlisten)\b/i

const isolationLevels: Readonly<Record<string, string>> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
}

/**
 * Serves `database` on `wantedPort` (0: a free one) of the loopback interface.
 * Clients must send `connectionString`, which contains a password of this run.
 * Requests wait until the database is ready.
 */
export async function serveNeon(database: Promise<PGlite>, connectionString: string, wantedPort = 0): Promise<NeonServer> {
  const server = createServer(async (request, response) => {
    try {
      const url = new URL(request.url ?? '/', 'http://localhost')
      if (request.method !== 'POST' || url.pathname !== '/sql') throw new Refusal(404, '42704', 'Only POST /sql is served')
      if (login(header(request, 'neon-connection-string')) !== login(connectionString))
        throw new Refusal(400, '28P01', 'password authentication failed')
      const body = await executeBody(JSON.parse(await text(request)), request, await database)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    } catch (error) {
      const status = error instanceof Refusal ? error.status : error instanceof SyntaxError ? 400 : isDatabaseError(error) ? 400 : 500
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(toJson(error)))
    }
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(wantedPort, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { endpoint: `http://127.0.0.1:${port}/sql`, close: () => close(server) }
}

/** User, password and database of a connection string. The client adds its own parameters. */
function login(connectionString = ''): string | undefined {
  if (!URL.canParse(connectionString)) return undefined
  const { username, password, pathname } = new URL(connectionString)
  return JSON.stringify([username, password, pathname])
}

async function executeBody(body: unknown, request: IncomingMessage, database: PGlite): Promise<unknown> {
  const rowsAsArrays = header(request, 'neon-array-mode') === 'true'
  if (isRecord(body) && Array.isArray(body.queries)) {
    const queries = body.queries.map(toQuery)
    const mode = transactionMode(request)
    const results = await database.transaction(async (transaction) => {
      if (mode) await transaction.exec(`SET TRANSACTION ${mode}`)
      const executed: unknown[] = []
      for (const query of queries) executed.push(await execute(transaction, query, rowsAsArrays))
      return executed
    })
    return { results }
  }
  return execute(database, toQuery(body), rowsAsArrays)
}

function toQuery(body: unknown): Query {
  if (!isRecord(body) || typeof body.query !== 'string')
    throw new Refusal(400, '08P01', 'The body must be {query, params} or {queries: […]}')
  if (connectionStatement.test(body.query))
    throw new Refusal(400, '0A000', 'Statements that change the connection are not supported over HTTP')
  return { query: body.query, params: Array.isArray(body.params) ? body.params : [] }
}

async function execute(database: PGlite | Transaction, { query, params }: Query, rowsAsArrays: boolean): Promise<unknown> {
  const result: Results<unknown[]> = await database.query(query, params, { rowMode: 'array', parsers: asText, serializers: fromText })
  const fields = result.fields.map(({ name, dataTypeID }) => ({
    name,
    dataTypeID,
    tableID: 0,
    columnID: 0,
    dataTypeSize: -1,
    dataTypeModifier: -1,
    format: 'text',
  }))
  const rows = rowsAsArrays
    ? result.rows
    : result.rows.map((row) => Object.fromEntries(fields.map(({ name }, index) => [name, row[index]])))
  const command = /^\W*(\w+)/.exec(query)?.[1]?.toUpperCase() ?? ''
  return {
    command,
    fields,
    rows,
    rowCount: fields.length > 0 ? result.rows.length : (result.affectedRows ?? 0),
    rowAsArray: rowsAsArrays,
    viaNeonFetch: true,
  }
}

/** Type ids. Values of these types are returned as text. PGlite's own types are below 10,000. Other types are text anyway. */
const asText = Object.fromEntries(Array.from({ length: 10_000 }, (_, oid) => [oid, (value: string) => value]))
const fromText: Record<number, (value: unknown) => string> = new Proxy({}, { get: () => String, has: () => true })

function transactionMode(request: IncomingMessage): string {
  const level = isolationLevels[header(request, 'neon-batch-isolation-level') ?? '']
  const flag = (name: string, clause: string) => (header(request, name) === 'true' ? clause : undefined)
  const parts = [
    level && `ISOLATION LEVEL ${level}`,
    flag('neon-batch-read-only', 'READ ONLY'),
    flag('neon-batch-deferrable', 'DEFERRABLE'),
  ]
  return parts.filter((part) => part !== undefined).join(', ')
}

const errorFields = [
  'code',
  'severity',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
]

function toJson(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: 'unknown error' }
  return Object.fromEntries([['message', error.message], ...errorFields.map((key) => [key, Reflect.get(error, key)])])
}

const isDatabaseError = (error: unknown): boolean => error instanceof Error && /^[0-9A-Z]{5}$/.test(String(Reflect.get(error, 'code')))

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const header = (request: IncomingMessage, name: string): string | undefined => request.headers[name]?.toString()

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) throw new Refusal(413, '54000', `The body may have at most ${maxBodyBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
