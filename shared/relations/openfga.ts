/**
 * Relationships in an OpenFGA server, over its HTTP API. Portable. Fails closed: a missing, slow, oversized or malformed response is not a
 * yes. Requests are not retried. Checks read the newest tuples (HIGHER_CONSISTENCY).
 */
import { readText } from '../lib/read-text.ts'
import { fail, ok, type Result } from '../result.ts'
import { redact } from '../secrets/redact.ts'
import { openFgaCodes, type RelationsFailure } from './failure.ts'
import type { Relations } from './relations.ts'
import type { Tuple, TupleKey } from './tuple.ts'

/** The address and the limits of an OpenFGA server. */
export interface OpenFgaServer {
  /** The server's address, such as https://fga.internal:8080. */
  readonly url: string
  /** A preshared key, or an access token. */
  readonly token?: string
  /** Timeout for the whole response. */
  readonly timeoutMs?: number
  readonly fetch?: typeof fetch
}

/** A server, with the store and the model to use. */
export interface OpenFgaOptions extends OpenFgaServer {
  readonly storeId: string
  /** The model version is pinned, so that only this code changes what relations mean. */
  readonly modelId: string
}

const defaultTimeoutMs = 2_000

/** The longest response that is read. */
const maxResponseBytes = 65_536

/** OpenFGA's ids are ULIDs. They become part of a path. */
const idPattern = /^[0-9A-HJKMNP-TV-Z]{26}$/

const unavailable = (detail: string): RelationsFailure => ({ code: 'unavailable', detail })

type Fields = { readonly [name: string]: unknown }

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

function parse(text: string | null): Fields | null {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return isFields(value) ? value : null
  } catch {
    return null
  }
}

const isCode = (code: unknown): code is keyof typeof openFgaCodes => typeof code === 'string' && Object.hasOwn(openFgaCodes, code)

/** OpenFGA's error in a response of 400, without `token`; otherwise `unavailable`. */
function refusalOf(status: number, body: Fields | null, token: string): RelationsFailure {
  if (status !== 400 || !body || !isCode(body.code)) return unavailable(`OpenFGA responded with ${status}`)
  return { code: body.code, detail: typeof body.message === 'string' ? redact(body.message, token).slice(0, 500) : '' }
}

async function post(server: OpenFgaServer, path: string, body: unknown): Promise<Result<Fields, RelationsFailure>> {
  const { url, token, timeoutMs = defaultTimeoutMs, fetch: send = fetch } = server
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }
  try {
    // A redirect could send the token elsewhere.
    const response = await send(`${url.replace(/\/+$/, '')}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const answer = parse(await readText(response, maxResponseBytes))
    if (response.status !== 200 && response.status !== 201) return fail(refusalOf(response.status, answer, token ?? ''))
    return answer ? ok(answer) : fail(unavailable('OpenFGA responded with something other than a JSON object'))
  } catch (error) {
    const isTimeout = error instanceof DOMException && error.name === 'TimeoutError'
    return fail(unavailable(isTimeout ? `OpenFGA did not respond within ${timeoutMs} ms` : 'OpenFGA cannot be reached'))
  }
}

/** The tuple for the API: no unknown fields, and a condition always with context. */
const tupleBody = ({ object, relation, user, condition }: Tuple) => ({
  object,
  relation,
  user,
  ...(condition ? { condition: { name: condition.name, context: condition.context ?? {} } } : {}),
})

const keyBody = ({ object, relation, user }: TupleKey) => ({ object, relation, user })

/** The driver for an OpenFGA server. Throws if an id is malformed. */
export function openFga(options: OpenFgaOptions): Relations {
  const { storeId, modelId } = options
  if (!idPattern.test(storeId) || !idPattern.test(modelId)) throw new Error('OpenFGA needs the ids of a store and of a model')
  const postToStore = (action: string, body: Fields) =>
    post(options, `/stores/${storeId}/${action}`, { authorization_model_id: modelId, ...body })
  return {
    async check({ contextualTuples = [], context, ...key }) {
      const response = await postToStore('check', {
        tuple_key: keyBody(key),
        ...(contextualTuples.length > 0 ? { contextual_tuples: { tuple_keys: contextualTuples.map(tupleBody) } } : {}),
        ...(context ? { context } : {}),
        consistency: 'HIGHER_CONSISTENCY',
      })
      if (!response.ok) return response
      const { allowed } = response.value
      return typeof allowed === 'boolean' ? ok(allowed) : fail(unavailable('OpenFGA did not say whether it is allowed'))
    },
    async write({ writes = [], deletes = [] }) {
      const response = await postToStore('write', {
        ...(writes.length > 0 ? { writes: { tuple_keys: writes.map(tupleBody) } } : {}),
        ...(deletes.length > 0 ? { deletes: { tuple_keys: deletes.map(keyBody) } } : {}),
      })
      return response.ok ? ok(null) : response
    },
  }
}

/** Creates a store and returns its id. One store per tenant. */
export async function createStore(server: OpenFgaServer, name: string): Promise<Result<string, RelationsFailure>> {
  return idIn(await post(server, '/stores', { name }), 'id')
}

/** Adds a model to a store and returns the version's id. */
export async function writeModel(server: OpenFgaServer, storeId: string, json: unknown): Promise<Result<string, RelationsFailure>> {
  if (!idPattern.test(storeId)) throw new Error('OpenFGA needs the id of a store')
  return idIn(await post(server, `/stores/${storeId}/authorization-models`, json), 'authorization_model_id')
}

function idIn(response: Result<Fields, RelationsFailure>, name: string): Result<string, RelationsFailure> {
  if (!response.ok) return response
  const id = response.value[name]
  return typeof id === 'string' ? ok(id) : fail(unavailable('OpenFGA gave no id'))
}

/** A page of the tuples of one object, of a user's objects of one type, or of all objects. `after` is the previous page's token. */
export async function readTuples(
  { storeId, ...server }: OpenFgaOptions,
  object: string | { readonly object: string; readonly user: string } | null,
  after: string | null,
  limit: number,
): Promise<Result<{ tuples: TupleKey[]; next: string | null }, RelationsFailure>> {
  const response = await post(server, `/stores/${storeId}/read`, {
    ...(object === null ? {} : { tuple_key: typeof object === 'string' ? { object } : object }),
    ...(after === null ? {} : { continuation_token: after }),
    page_size: limit,
    consistency: 'HIGHER_CONSISTENCY',
  })
  if (!response.ok) return response
  const { tuples, continuation_token: token } = response.value
  if (!Array.isArray(tuples)) return fail(unavailable('OpenFGA did not say which tuples there are'))
  const keys = tuples.map((entry) => (isFields(entry) ? entry.key : undefined))
  const validKeys = keys.filter(
    (key): key is TupleKey & Fields => isFields(key) && ['object', 'relation', 'user'].every((part) => typeof key[part] === 'string'),
  )
  return ok({
    tuples: validKeys.map(({ object, relation, user }) => ({ object, relation, user })),
    next: typeof token === 'string' && token !== '' ? token : null,
  })
}
