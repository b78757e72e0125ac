/** `soma chat`: sends messages and prints each answer as it comes. */
import type { Client } from '../../shared/client/client.ts'
import { type CliIo, type ExitCode, exitCodes, plain } from './io.ts'

interface ChatOptions {
  readonly session?: string | undefined
  readonly persona?: string | undefined
  readonly model?: string | undefined
  readonly json: boolean
}

/** Sends `message`, or else each line of the input, in one session. */
export async function chat(client: Client, io: CliIo, message: string, options: ChatOptions): Promise<ExitCode> {
  if (message !== '') return (await turn(client, io, message, options)).code
  let { session } = options
  let last: ExitCode = exitCodes.done
  for await (const line of io.lines()) {
    if (line.trim() === '') continue
    const answered = await turn(client, io, line, { ...options, session })
    session = answered.session
    last = answered.code
  }
  return last
}

/** One turn. `session`: that of the message. */
async function turn(client: Client, io: CliIo, message: string, { session, persona, model, json }: ChatOptions) {
  const sent = await client.sendMessage({
    message,
    ...(session !== undefined && { session_id: session }),
    ...(persona !== undefined && { persona_id: persona }),
    ...(model !== undefined && { model }),
  })
  const endInterrupt = io.onInterrupt(() => void client.cancelTurn(sent.session_id, sent.turn_id).catch(() => {}))
  if (session === undefined && !json) io.err(`session ${sent.session_id}\n`)
  try {
    return { session: sent.session_id, code: await answer(client, io, sent, json) }
  } finally {
    endInterrupt()
  }
}

/** Prints the frames of the turn until it ends, or waits for a user who cannot be asked. */
async function answer(
  client: Client,
  io: CliIo,
  { session_id: session, turn_id: turn, seq }: { readonly session_id: string; readonly turn_id: string; readonly seq: number },
  json: boolean,
): Promise<ExitCode> {
  const reading = new AbortController()
  try {
    for await (const { data } of client.watch(session, { after: String(seq), signal: reading.signal })) {
      if (!('turn_id' in data) || data.turn_id !== turn) continue
      if (json) io.out(`${JSON.stringify(data)}\n`)
      else if (data.type === 'item.delta') io.out(plain(data.text))
      else if (data.type === 'item.closed' && data.kind === undefined) io.out('\n')
      else if (data.type === 'call.requested') io.err(`tool ${plain(data.name)} ${plain(data.arguments)}\n`)
      else if (data.type === 'call.ended') io.err(`tool ${data.outcome}\n`)
      if (data.type === 'call.parked') {
        const decision = json ? null : await io.ask(`The call waits: ${plain(data.reason)}. Approve it? [y/n] `)
        if (decision === null) {
          io.err(`soma: the call ${data.call_id} of session ${session} waits for a user\n`)
          return exitCodes.waiting
        }
        await client.decideCall(session, data.call_id, /^y(es)?$/i.test(decision.trim()))
      }
      if (data.type !== 'turn.ended') continue
      if (data.outcome === 'failed' && !json) io.err(`soma: ${plain(data.reason ?? 'The turn failed.')}\n`)
      return data.outcome === 'completed' ? exitCodes.done : data.outcome === 'failed' ? exitCodes.failed : exitCodes.stopped
    }
    return exitCodes.unreachable
  } finally {
    reading.abort()
  }
}
