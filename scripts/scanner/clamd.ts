/** ClamAV's INSTREAM (clamd(8)): the bytes of one file on a new connection, and its verdict. */
import { connect } from 'node:net'

/** The verdict of clamd. `too_large`: the file is over its `StreamMaxLength`. */
export type ClamdVerdict = { readonly status: 'clean' } | { readonly status: 'infected'; readonly finding: string } | 'too_large'

/** Where clamd listens, and how long it may be silent. Milliseconds. */
export interface Clamd {
  readonly host: string
  readonly port: number
  readonly idleMs: number
  /** Its `StreamMaxLength`. Its own refusal is often lost, because it closes while the file is being sent. */
  readonly maxBytes: number
}

/** Bytes of a reply. A longer one is not clamd's. */
const maxReplyBytes = 4_096

/** Sends the file. Rejects if clamd is away, silent, closes early, or says something else. */
export function scanStream({ host, port, idleMs, maxBytes }: Clamd, bytes: AsyncIterable<Uint8Array>): Promise<ClamdVerdict> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host)
    let reply = Buffer.alloc(0)
    const fail = (reason: string) => {
      reject(new Error(`clamd ${reason}`))
      socket.destroy()
    }
    socket.setTimeout(idleMs, () => fail('is silent'))
    socket.on('error', ({ message }) => fail(`cannot be reached: ${message}`))
    socket.on('close', () => fail('closed the connection without a verdict'))
    socket.on('data', (piece) => {
      reply = Buffer.concat([reply, piece])
      const end = reply.indexOf(0)
      if (end < 0 && reply.length > maxReplyBytes) fail('sent a reply without an end')
      if (end < 0) return
      const verdict = parseReply(reply.toString('utf8', 0, end))
      if (verdict === null) return fail('sent a reply that is no verdict')
      resolve(verdict)
      socket.destroy()
    })
    send().catch((error: Error) => fail(`did not get the file: ${error.message}`))

    async function send(): Promise<void> {
      await write('zINSTREAM\0')
      let sent = 0
      for await (const piece of bytes) {
        sent += piece.length
        if (sent > maxBytes) {
          resolve('too_large')
          return void socket.destroy()
        }
        // clamd answers early if the file is too large, and reads no further.
        if (socket.destroyed) return
        if (piece.length === 0) continue
        const length = Buffer.alloc(4)
        length.writeUInt32BE(piece.length)
        await write(length)
        await write(piece)
      }
      await write(Buffer.alloc(4))
    }

    /** Resolves when the socket takes more, or is closed. */
    function write(piece: string | Uint8Array): Promise<void> {
      return new Promise((done) => {
        if (socket.destroyed || socket.write(piece)) return done()
        socket.once('drain', done).once('close', () => done())
      })
    }
  })
}

/** Null: it is no verdict. */
export function parseReply(reply: string): ClamdVerdict | null {
  const [, finding] = /^stream: (.{1,500}) FOUND$/.exec(reply) ?? []
  if (finding !== undefined) return { status: 'infected', finding }
  if (reply === 'stream: OK') return { status: 'clean' }
  return reply.startsWith('INSTREAM size limit exceeded') ? 'too_large' : null
}
