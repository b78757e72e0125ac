/** The MCP client of the connectors Worker, driven by HTTP: it does what a scenario of the conformance suite wants of a client. */
import type { Client } from '@modelcontextprotocol/client'
import { type Access, type Challenge, SignInNeeded, withServer } from '../../../workers/connectors/mcp/client.ts'
import { finishSignIn, type SignInAt, type SignInData, startSignIn } from '../../../workers/connectors/mcp/oauth.ts'

/** One run of a scenario. */
export interface Run {
  readonly url: string
  /** The calls that the scenario names. Undefined: each listed tool, once. */
  readonly calls?: readonly Call[]
  /** A client that is registered already. */
  readonly client?: { readonly client_id: string; readonly client_secret?: string }
}
interface Call {
  readonly name: string
  readonly arguments: Record<string, unknown>
}

const timeoutMs = 20_000
/** As often as a user would sign in again. */
const maxSignIns = 3
const redirect = 'https://soma.example/v1/auth/mcp/callback'

export default {
  async fetch(request: Request): Promise<Response> {
    const { url, calls, client } = (await request.json()) as Run
    const network = { rules: { allow: [new URL(url).host], deny: [], loopback: true }, dnsUrl: '', mustBeClosed: false }
    const signal = AbortSignal.timeout(timeoutMs)
    let data: SignInData = client ? { client } : {}
    const access: Access = { token: async () => data.tokens?.access_token, renew: async () => false }
    try {
      for (let signIns = 0; ; signIns += 1) {
        try {
          return Response.json(await withServer({ url, headers: {}, network, access }, signal, (server) => exercise(server, calls)))
        } catch (error) {
          if (!(error instanceof SignInNeeded) || signIns === maxSignIns) throw error
          data = await signIn({ url, network, redirect }, data, error.challenge, signal)
        }
      }
    } catch (error) {
      return new Response(`${error}`, { status: 500 })
    }
  },
}

/** A sign-in, with the browser of a user who agrees at once. */
async function signIn(at: SignInAt, before: SignInData, challenge: Challenge, signal: AbortSignal): Promise<SignInData> {
  const state = crypto.randomUUID()
  const { authorize, data } = await startSignIn(at, before, challenge, state, signal)
  const answer = await fetch(authorize, { redirect: 'manual', signal })
  const { searchParams } = new URL(answer.headers.get('location') ?? '', authorize)
  if (searchParams.get('state') !== state) throw new Error('the browser returned with another state')
  const iss = searchParams.get('iss') ?? undefined
  return finishSignIn(at, data, { code: searchParams.get('code') ?? '', iss, now: Date.now() }, signal)
}

/** Lists the tools and calls them. A refused call is a result, too, unless it wants a sign-in. */
async function exercise(client: Client, named: readonly Call[] | undefined): Promise<unknown[]> {
  const { tools } = await client.listTools()
  const calls = named ?? tools.map(({ name, inputSchema }) => ({ name, arguments: sampleOf(inputSchema, tools[0]?.inputSchema) }))
  const results: unknown[] = []
  for (const call of calls) results.push(await client.callTool(call))
  return results
}

interface Schema {
  readonly properties?: object | undefined
  readonly required?: readonly string[] | undefined
}

/** Arguments that fit the required properties of a flat schema. An object is `object`: one scenario wants to see what became of it. */
function sampleOf({ properties = {}, required = [] }: Schema, object: object = {}): Record<string, unknown> {
  const types = properties as Record<string, { readonly type?: string }>
  const samples: Readonly<Record<string, unknown>> = { string: 'text', number: 2, integer: 2, boolean: true, array: [], object }
  return Object.fromEntries(required.map((name) => [name, samples[types[name]?.type ?? 'string'] ?? null]))
}
