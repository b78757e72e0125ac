/** A TCP proxy between browser and server that tests can cut. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** Times at which the browser opened a connection, Unix ms. */
  readonly attempts: readonly number[]
  /** Breaks every open connection. New ones work. */
  cut(): void
  /** Breaks every open and new connection until `up`. */
  down(): void
  up(): void
  close(): Promise<void>
}

export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const open = new Set<Socket>()
  const attempts: number[] = []
  let isUp = true
  const server = createServer({ noDelay: true }, (client) => {
    attempts.push(Date.now())
    if (!isUp) return client.resetAndDestroy()
    const upstream = connect({ port: target, host: 'localhost', noDelay: true })
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        open.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  const cut = () => {
    for (const socket of open) socket.resetAndDestroy()
  }
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    attempts,
    cut,
    down() {
      isUp = false
      cut()
    },
    up() {
      isUp = true
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        cut()
      }),
  }
}
