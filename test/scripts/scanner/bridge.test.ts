/** The bridge to ClamAV, before a clamd that works and one that misbehaves in every way. */
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { scannerBridge } from '../../../scripts/scanner/bridge.ts'
import { parseReply } from '../../../scripts/scanner/clamd.ts'

const open: { close(): unknown }[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

const portOf = async (server: Server | ReturnType<typeof scannerBridge>): Promise<number> => {
  open.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return (server.address() as AddressInfo).port
}

/** The file that a client streams to clamd. Null while its end is missing. */
function streamed(bytes: Buffer): Buffer | null {
  const pieces: Buffer[] = []
  for (let at = 'zINSTREAM\0'.length; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    if (length === 0) return Buffer.concat(pieces)
    pieces.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return null
}

/** A bridge before a fake clamd, which calls `answer` when it has the whole file. */
async function bridge(answer: (socket: Socket, file: Buffer) => void, { token = '', idleMs = 1_000, maxBytes = 5_000_000 } = {}) {
  const clamd = createServer((socket) => {
    let received = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (piece) => {
      received = Buffer.concat([received, piece])
      const file = streamed(received)
      if (file) answer(socket, file)
    })
  })
  const url = `http://127.0.0.1:${await portOf(scannerBridge({ host: '127.0.0.1', port: await portOf(clamd), idleMs, maxBytes }, token))}/`
  return async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
    const response = await fetch(url, { method: 'POST', body, headers })
    return [response.status, await response.json()]
  }
}

describe('The bridge to ClamAV', () => {
  it('sends the file and returns the verdict', async () => {
    const scan = await bridge((socket, file) => socket.end(`stream: ${file.includes('EICAR') ? 'Eicar-Test-Signature FOUND' : 'OK'}\0`))
    expect(await scan('harmless')).toEqual([200, { status: 'clean' }])
    expect(await scan(new Uint8Array(3_000_000))).toEqual([200, { status: 'clean' }])
    expect(await scan('')).toEqual([200, { status: 'clean' }])
    expect(await scan('the EICAR test file')).toEqual([200, { status: 'infected', finding: 'Eicar-Test-Signature' }])
  })

  it('reads a verdict that arrives in pieces', async () => {
    const scan = await bridge((socket) => {
      socket.write('stream: ')
      setImmediate(() => socket.end('OK\0'))
    })
    expect(await scan('x')).toEqual([200, { status: 'clean' }])
  })

  it('says that a file is too large for clamd', async () => {
    const scan = await bridge((socket) => socket.end('INSTREAM size limit exceeded. ERROR\0'))
    expect((await scan('x'))[0]).toBe(413)
    const small = await bridge((socket) => socket.end('stream: OK\0'), { maxBytes: 1_000 })
    expect((await small('x'.repeat(1_000)))[0]).toBe(200)
    expect((await small('x'.repeat(1_001)))[0]).toBe(413)
  })

  it.each<[string, (socket: Socket) => void]>([
    ['closes at once', (socket) => void socket.destroy()],
    ['cuts its verdict', (socket) => void socket.end('stream: OK')],
    ['cuts its finding', (socket) => void socket.end('stream: Eicar FOU')],
    ['says nothing', () => {}],
    ['sends something else', (socket) => void socket.end('UNKNOWN COMMAND\0')],
    ['says OK about something else', (socket) => void socket.end('stream: OK stream: X\0')],
    ['never ends its reply', (socket) => void socket.write('x'.repeat(10_000))],
  ])('gives no verdict if clamd %s', async (_, misbehave) => {
    const scan = await bridge(misbehave, { idleMs: 300 })
    expect((await scan('x'))[0]).toBe(502)
  })

  it('gives no verdict if clamd is away', async () => {
    const gone = createServer()
    const port = await portOf(gone)
    await new Promise((done) => gone.close(done))
    const server = await portOf(scannerBridge({ host: '127.0.0.1', port, idleMs: 1_000, maxBytes: 1_000 }, ''))
    expect((await fetch(`http://127.0.0.1:${server}/`, { method: 'POST', body: 'x' })).status).toBe(502)
  })

  it('wants its token', async () => {
    const scan = await bridge((socket) => socket.end('stream: OK\0'), { token: 'right' })
    expect((await scan('x'))[0]).toBe(401)
    expect((await scan('x', { authorization: 'Bearer wrong' }))[0]).toBe(401)
    expect((await scan('x', { authorization: 'Bearer right' }))[0]).toBe(200)
  })

  it('takes no other text for a verdict', () => {
    for (const text of ['', 'OK', 'stream: ', 'stream: FOUND', ' stream: OK', 'stream: OK\n']) expect(parseReply(text)).toBeNull()
  })
})
