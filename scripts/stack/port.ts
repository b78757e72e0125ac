/** Finding a port for the stack. */
import { createServer } from 'node:net'

export const defaultPort = 8787

/** How far above a busy default port to look. */
const span = 100

/**
 * The port to serve on: `asked` itself or nothing, else the first free one from the default on. `undefined`: none is free.
 * `localhost` may mean either loopback address, so both must be free.
 */
export async function choosePort(asked: number | undefined): Promise<number | undefined> {
  if (asked !== undefined) return (await isFree(asked)) ? asked : undefined
  for (let port = defaultPort; port < defaultPort + span; port += 1) if (await isFree(port)) return port
  return undefined
}

const isFree = async (port: number): Promise<boolean> => (await isFreeOn(port, '127.0.0.1')) && (await isFreeOn(port, '::1'))

function isFreeOn(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    // A machine without IPv6 has no such address, and then nobody else has it either.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT'))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
