/** The client against a running stack (`SOMA_URL`, `SOMA_TOKEN`), in the current runtime. */
import assert from 'node:assert/strict'
import process from 'node:process'
import { createClient } from '../../shared/client/client.ts'

const { SOMA_URL: baseUrl = '', SOMA_TOKEN: token = '' } = process.env
const client = createClient({ baseUrl, token })

/** The frames of a session from a cursor until the end of its turn. */
async function untilEnded(session: string, after?: string) {
  const frames = []
  for await (const frame of client.watch(session, after === undefined ? {} : { after })) {
    frames.push(frame)
    if (frame.data.type === 'turn.ended') return frames
  }
  throw new Error('the stream ended before the turn')
}

const { session_id, turn_id } = await client.sendMessage({ message: 'What is 6 times 7?' })
const frames = await untilEnded(session_id)
const text = frames.map(({ data }) => (data.type === 'item.delta' ? data.text : '')).join('')
const closed = frames.find(({ data }) => data.type === 'item.closed')?.data
assert.equal(closed?.type === 'item.closed' ? closed.text : undefined, text, 'the deltas add up to the recorded text')
assert.match(text, /42/)

const middle = frames[Math.floor(frames.length / 2)]
assert.ok(middle)
const resumed = await untilEnded(session_id, middle.id)
assert.equal(resumed.at(-1)?.id, frames.at(-1)?.id, 'resuming ends at the same place')

assert.equal((await client.history(session_id)).turns[0]?.turn_id, turn_id)
assert.ok((await client.listSessions()).sessions.some((session) => session.session_id === session_id))
await client.deleteSession(session_id)
await assert.rejects(client.getSession(session_id))
console.log('ok')
process.exit(0)
