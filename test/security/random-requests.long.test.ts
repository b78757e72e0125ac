/**
 * Two thousand random requests of a plain member, generated from the gateway's OpenAPI document. No request makes the platform
 * fail. Every refusal is a problem document. A user of another tenant gets every answer correctly.
 * The test reports how long that user waited. It asserts no time. The benchmark `neighbours` measures the times.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Problem } from '../../shared/api/problem.ts'
import { responseId } from '../../shared/session/response-id.ts'
import { seededRandom } from '../chaos/random.ts'
import { type FakeModel, startFakeModel } from '../support/model.ts'
import { type Exchange, openNeighbour, timesOf } from '../support/neighbour.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { fakeText } from '../support/words.ts'
import { signIn } from './browser-session.ts'
import { type Names, type OpenApi, type RandomRequest, randomRequests } from './random-requests/requests.ts'
import { type Answer, sender } from './random-requests/send.ts'

/** Another seed makes other requests: `SEED=7 npm test -- random-requests`. */
const seed = Number(process.env.SEED ?? 1)
const requests = 2_000
const connections = 8
/** Number of requests after which the member's resources are created again, because random requests delete them. */
const freshEvery = 150
const words = 60

let stack: SharedStack
let model: FakeModel

beforeAll(async () => {
  model = await startFakeModel()
  stack = await sharedStack()
  await stack.answerWith('random-neighbour', model.url)
})
/** What the run reports. */
const report: string[] = []
afterAll(async () => {
  // A passing file's console is not shown.
  for (const line of report) process.stdout.write(`${line}\n`)
  await model?.close()
})

/** Creates resources of the member: sessions, turns, a key and a memory. Returns their names, with some of another user's resources. */
async function createResources(foreign: string): Promise<Names> {
  const mallory = await stack.user('random', 'mallory')
  const sent = await Promise.all([mallory.send('my favourite tea is jasmine'), mallory.send('/tool timestamp')])
  const json = async (response: Promise<Response>) => JSON.parse(await (await response).text().catch(() => '{}')) as Record<string, unknown>
  // A token cannot create keys.
  const key = await json((await signIn(stack, 'random', 'mallory')).call('POST', '/v1/keys', { name: 'random' }))
  await mallory.call('POST', '/v1/remember', { key: 'tea', value: 'jasmine' })
  const persona = await json(mallory.call('POST', '/v1/personas', { name: 'random', instructions: 'Be {{user.name}}.' }))
  const memories = (await json(mallory.call('GET', '/v1/memories'))).memories as { id: string }[] | undefined
  const sessions = sent.map(({ session_id }) => session_id)
  const turns = sent.map(({ turn_id }) => turn_id)
  const exported = JSON.stringify({ version: 'soma-1', events: [{ seq: 1, at: Date.UTC(2025, 0, 1), type: 'session.created' }] })
  return {
    session: [...sessions, foreign],
    response: sent.map(({ session_id: session, seq, turn_id: turn }) => responseId({ session, seq, turn })),
    model: ['main', 'default', 'persona:none'],
    previous_response_id: sent.map(({ session_id: session, seq, turn_id: turn }) => responseId({ session, seq, turn })),
    conversation: [...sessions, foreign],
    turn: turns,
    parent_turn: turns,
    id: [String((key.key as { id?: string } | undefined)?.id ?? key.id ?? 'none')],
    key: ['tea'],
    memory: ['none', ...(memories ?? []).map(({ id }) => id)],
    coord: ['1,2', '3'],
    persona: [String(persona.id ?? 'none')],
    server: ['randomserver'],
    role: ['main', 'random', 'user'],
    deployment_mode: ['default'],
    subject: ['mallory', 'ada'],
    object: [`session:${sessions[0]}`],
    user: ['user:ada', 'user:mallory'],
    action: ['summarize', 'session.read', 'conversation.send'],
    content: [exported],
    chats: [exported],
    name: ['main', 'random'],
    provider: ['openai'],
    tenant: ['random', 'random-neighbour'],
  }
}

/** The paths whose refusals have the shape of another protocol. */
const facePaths = /^\/v1\/(chat\/completions|embeddings|files|messages|responses)(\/|\?|$)/
const FaceError = z.object({ error: z.object({ message: z.string().min(1), type: z.string().min(1), code: z.string().min(1) }) })

/** What is wrong with a response; undefined: nothing. */
function faultOf({ method, path }: RandomRequest, { status, headers, text }: Answer): string | undefined {
  if (status >= 500) return `status ${status}: ${text.slice(0, 300)}`
  if (status < 200 || status === 0) return `status ${status}`
  if (status < 400 || method === 'HEAD') return undefined
  // A path with `..` leads elsewhere, so it may have the usual shape.
  if (facePaths.test(path) && /^application\/json/.test(String(headers['content-type'])))
    return FaceError.safeParse(parse(text)).success ? undefined : `${status} with another shape: ${text.slice(0, 300)}`
  if (!/^application\/problem\+json/.test(String(headers['content-type'])))
    return `${status} as ${headers['content-type']}: ${text.slice(0, 200)}`
  const problem = Problem.safeParse(parse(text))
  if (!problem.success) return `${status} with another shape: ${text.slice(0, 300)}`
  const { data } = problem
  if (data.status !== status || data.request_id === '' || !data.type.startsWith('/problems/')) return `${status}: ${text.slice(0, 300)}`
  return data.type === '/problems/invalid' && !data.errors?.length ? `${status} without errors: ${text.slice(0, 300)}` : undefined
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

describe('Random requests of a member', () => {
  it('22. make nothing fail, and another tenant gets every answer', { timeout: 900_000 }, async () => {
    const document = (await (await fetch(`${stack.url}/openapi.json`)).json()) as OpenApi
    const ada = await stack.user('random', 'ada')
    const { session_id: foreign } = await ada.send('a secret of ada')
    const neighbour = await openNeighbour(stack.url, await stack.token('random-neighbour', 'nina'), '[[fake normal tokens=1]]')
    const chat = () => neighbour.exchange(`[[fake normal tokens=${words} rate=200]]`)
    const quiet: Exchange[] = []
    for (let round = 0; round < 5; round += 1) quiet.push(await chat())

    let names = await createResources(foreign)
    const source = randomRequests(document, seededRandom(seed), () => names)
    const http = sender(stack.url, connections)
    const faults: string[] = []
    const statuses = new Map<number, number>()
    const reached = new Set<string>()
    let sent = 0
    const sendRequests = async () => {
      while (sent < requests) {
        sent += 1
        if (sent % freshEvery === 0) names = await createResources(foreign)
        const request = source.next().value as RandomRequest
        // Some requests revoke their token.
        const response = await http.send(request, await stack.token('random', 'mallory'))
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
        if (response.status !== 401) reached.add(request.route)
        const fault = faultOf(request, response)
        if (fault) faults.push(`${request.method} ${request.path.slice(0, 200)} ${request.body?.toString().slice(0, 100) ?? ''} → ${fault}`)
      }
    }
    let hasEnded = false
    const busy: Exchange[] = []
    const chatLoop = (async () => {
      while (!hasEnded) busy.push(await chat())
    })()
    try {
      await Promise.all(Array.from({ length: connections }, sendRequests))
    } finally {
      hasEnded = true
      await chatLoop.finally(() => Promise.all([neighbour.close(), http.close()]))
    }
    const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`)
    report.push(
      `random requests with seed ${seed}: ${counts.join(', ')}`,
      `another tenant, quiet: ${timesOf(quiet)}`,
      `another tenant, ${busy.length} exchanges meanwhile: ${timesOf(busy)}`,
    )

    expect(faults).toEqual([])
    expect(new Set([...quiet, ...busy].map(({ answer }) => answer))).toEqual(new Set([fakeText(words)]))
    // The requests pass authentication on each protected route, and many are accepted.
    const routes = Object.entries(document.paths).flatMap(([path, described]) =>
      Object.entries(described).flatMap(([method, { security }]) => (security?.length === 0 ? [] : `${method.toUpperCase()} ${path}`)),
    )
    expect(routes.filter((route) => !reached.has(route))).toEqual([])
    expect(statuses.get(200) ?? 0).toBeGreaterThan(requests / 10)
  })
})
