/** The loads of the benchmark `neighbours`, in their own thread, so that they do not delay the measured code. */
import { parentPort, workerData } from 'node:worker_threads'
import { seededRandom } from '../test/chaos/random.ts'
import { type OpenApi, type RandomRequest, randomRequests } from '../test/security/random-requests/requests.ts'
import { sender } from '../test/security/random-requests/send.ts'

/** The work of a thread: the load, and the members' tokens. */
export interface LoadOrder {
  readonly load: LoadName
  readonly url: string
  readonly tokens: readonly string[]
  /** The number of the round. */
  readonly round: string
}

/** Bytes of the text of one large item. */
const itemBytes = 100_000
const at = Date.UTC(2025, 0, 1)

/** An export with `turns` turns of a question and an answer of `units` units. */
function exportedFile(turns: number, units: number): string {
  let seq = 0
  const events: object[] = [{ seq: ++seq, at, type: 'session.created' }]
  for (let turn = 0; turn < turns; turn += 1) {
    const turn_id = `turn-${turn}`
    events.push({ seq: ++seq, at, type: 'turn.accepted', turn_id, event_id: `event-${turn}`, position: 0 })
    events.push({ seq: ++seq, at, type: 'item.added', turn_id, item_id: `question-${turn}`, role: 'user', text: 'question' })
    events.push({ seq: ++seq, at, type: 'turn.started', turn_id })
    events.push({ seq: ++seq, at, type: 'item.opened', turn_id, item_id: `answer-${turn}`, role: 'assistant' })
    events.push({ seq: ++seq, at, type: 'item.closed', turn_id, item_id: `answer-${turn}`, text: 'x'.repeat(units) })
    events.push({ seq: ++seq, at, type: 'turn.ended', turn_id, outcome: 'completed' })
  }
  return JSON.stringify({ version: 'soma-1', events })
}

interface Member {
  readonly url: string
  readonly token: string
}

/** Sends a request, and repeats it while it gets 429. */
async function sendUntilAccepted({ url, token }: Member, path: string, init: RequestInit): Promise<Response> {
  for (;;) {
    const response = await fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } })
    if (response.status !== 429) return response
    await response.body?.cancel()
    await new Promise((resolve) => setTimeout(resolve, Number(response.headers.get('retry-after') ?? 1) * 1_000))
  }
}

async function importFile(member: Member, body: string): Promise<string> {
  const response = await sendUntilAccepted(member, '/v1/sessions/import', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`an import got ${response.status}: ${text.slice(0, 300)}`)
  return (JSON.parse(text) as { ctxids: string[] }).ctxids[0] ?? ''
}

async function exportFile(member: Member, session: string): Promise<number> {
  const response = await sendUntilAccepted(member, `/v1/sessions/${session}/export`, {})
  if (response.status !== 200) throw new Error(`an export got ${response.status}`)
  let bytes = 0
  for await (const piece of response.body ?? []) bytes += piece.length
  return bytes
}

/** Each load by name. The function prepares the load, which is not measured, and returns the load itself. */
const loads = {
  'an import of 22 MB': async ([member]) => {
    const body = exportedFile(220, itemBytes)
    return () => importFile(member, body)
  },
  'four imports of 10.7 MB of small events': async (members) => {
    const body = exportedFile(16_600, 20)
    return () => Promise.all(members.slice(0, 4).map((member) => importFile(member, body)))
  },
  'ten exports of 22 MB': async (members) => {
    const body = exportedFile(220, itemBytes)
    const sessions: string[] = []
    for (const member of members.slice(0, 5)) sessions.push(await importFile(member, body))
    return () => Promise.all(members.slice(0, 5).flatMap((member, index) => [1, 2].map(() => exportFile(member, sessions[index] ?? ''))))
  },
  '600 random requests': async ([{ url, token }]) => {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi
    const source = randomRequests(document, seededRandom(1), () => ({}))
    const http = sender(url, 8)
    let sent = 0
    const runLoad = async () => {
      while (sent++ < 600) await http.send(source.next().value as RandomRequest, token)
    }
    return () => Promise.all(Array.from({ length: 8 }, runLoad))
  },
} satisfies Readonly<Record<string, (members: readonly [Member, ...Member[]]) => Promise<() => Promise<unknown>>>>

/** The name of a load. */
export type LoadName = keyof typeof loads
/** The names of all loads, in order. */
export const loadNames = Object.keys(loads) as LoadName[]

if (parentPort) {
  const { load, url, tokens } = workerData as LoadOrder
  const run = await loads[load](tokens.map((token) => ({ url, token })) as [Member, ...Member[]])
  parentPort.postMessage('ready')
  await new Promise((resolve) => parentPort?.once('message', resolve))
  await run()
  parentPort.postMessage('done')
}
