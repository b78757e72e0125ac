/** The part of Upstash's HTTP interface that the counters need. Commands are JSON lists, and answers are JSON. */
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
    let bodyText = ''
    for await (const piece of request.setEncoding('utf8')) bodyText += piece
    try {
      const reply = await sendCommand(redisPort, JSON.parse(bodyText))
      const isBase64 = request.headers['upstash-encoding'] === 'base64'
      if (reply instanceof Error) end(400, { error: reply.message })
      else end(200, { result: isBase64 ? toBase64(reply) : reply })
    } catch {
      end(502, { error: 'Redis is unavailable' })
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

const toBase64 = (reply: Reply): unknown =>
  Array.isArray(reply) ? reply.map(toBase64) : typeof reply === 'string' && reply !== 'OK' ? Buffer.from(reply).toString('base64') : reply

/** Sends one command on a new connection (RESP2). */
export function sendCommand(port: number, command: readonly (string | number)[]): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket: Socket = createConnection(port, '127.0.0.1')
    let received = Buffer.alloc(0)
    socket.once('error', reject).once('close', () => reject(new Error('closed')))
    socket.on('data', (piece: Buffer) => {
      received = Buffer.concat([received, piece])
      const parsed = parse(received, 0)
      if (!parsed) return
      resolve(parsed.reply)
      socket.destroy()
    })
    socket.write(`*${command.length}\r\n${command.map((part) => `$${Buffer.byteLength(String(part))}\r\n${part}\r\n`).join('')}`)
  })
}

/** The reply that starts at `offset`, and its end. Null while it is incomplete. */
function parse(bytes: Buffer, offset: number): { readonly reply: Reply; readonly end: number } | null {
  const line = bytes.indexOf('\r\n', offset)
  if (line < 0) return null
  const text = bytes.toString('utf8', offset + 1, line)
  const next = line + 2
  switch (String.fromCharCode(bytes[offset] ?? 0)) {
    case '+':
      return { reply: text, end: next }
    case '-':
      return { reply: new Error(text), end: next }
    case ':':
      return { reply: Number(text), end: next }
    case '$': {
      const length = Number(text)
      if (length < 0) return { reply: null, end: next }
      return bytes.length < next + length + 2 ? null : { reply: bytes.toString('utf8', next, next + length), end: next + length + 2 }
    }
    case '*': {
      const items: Reply[] = []
      let end = next
      for (let remaining = Number(text); remaining > 0; remaining -= 1) {
        const parsed = parse(bytes, end)
        if (!parsed) return null
        items.push(parsed.reply)
        end = parsed.end
      }
      return { reply: items, end }
    }
    default:
      throw new Error('not RESP2')
  }
}
