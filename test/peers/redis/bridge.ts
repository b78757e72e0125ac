/** Upstash's HTTP interface over a Redis: a command as a JSON list in, its answer as JSON out. What the counters need, and no more. */
import { createServer } from 'node:http'
import { type AddressInfo, createConnection, type Socket } from 'node:net'

type Reply = string | number | null | Error | Reply[]

export interface Bridge {
  readonly url: string
  readonly token: string
  close(): Promise<void>
}

export async function startBridge(redisPort: number): Promise<Bridge> {
  const token = crypto.randomUUID()
  const server = createServer(async (request, response) => {
    const end = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.headers.authorization !== `Bearer ${token}`) return end(401, { error: 'WRONGPASS' })
    let text = ''
    for await (const piece of request.setEncoding('utf8')) text += piece
    try {
      const reply = await ask(redisPort, JSON.parse(text))
      const base64 = request.headers['upstash-encoding'] === 'base64'
      if (reply instanceof Error) end(400, { error: reply.message })
      else end(200, { result: base64 ? encoded(reply) : reply })
    } catch {
      end(502, { error: 'Redis is away' })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const encoded = (reply: Reply): unknown =>
  Array.isArray(reply) ? reply.map(encoded) : typeof reply === 'string' && reply !== 'OK' ? Buffer.from(reply).toString('base64') : reply

/** One command on a connection of its own (RESP2). */
export function ask(port: number, command: readonly (string | number)[]): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket: Socket = createConnection(port, '127.0.0.1')
    let received = Buffer.alloc(0)
    socket.once('error', reject).once('close', () => reject(new Error('closed')))
    socket.on('data', (piece: Buffer) => {
      received = Buffer.concat([received, piece])
      const read = parse(received, 0)
      if (!read) return
      resolve(read.reply)
      socket.destroy()
    })
    socket.write(`*${command.length}\r\n${command.map((part) => `$${Buffer.byteLength(String(part))}\r\n${part}\r\n`).join('')}`)
  })
}

/** The reply that begins at `from`, and where it ends; null while it is not all there. */
function parse(bytes: Buffer, from: number): { readonly reply: Reply; readonly end: number } | null {
  const line = bytes.indexOf('\r\n', from)
  if (line < 0) return null
  const said = bytes.toString('utf8', from + 1, line)
  const next = line + 2
  switch (String.fromCharCode(bytes[from] ?? 0)) {
    case '+':
      return { reply: said, end: next }
    case '-':
      return { reply: new Error(said), end: next }
    case ':':
      return { reply: Number(said), end: next }
    case '$': {
      const length = Number(said)
      if (length < 0) return { reply: null, end: next }
      return bytes.length < next + length + 2 ? null : { reply: bytes.toString('utf8', next, next + length), end: next + length + 2 }
    }
    case '*': {
      const all: Reply[] = []
      let end = next
      for (let left = Number(said); left > 0; left -= 1) {
        const read = parse(bytes, end)
        if (!read) return null
        all.push(read.reply)
        end = read.end
      }
      return { reply: all, end }
    }
    default:
      throw new Error('not RESP2')
  }
}
