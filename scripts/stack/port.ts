/** Finds a free port for the stack. */
import { createServer } from 'node:net'

/** The first port that `npm start` tries. */
export const defaultPort = 8787

/** Number of ports to try above a busy default port. */
const portCount = 100

/**
 * The port to serve on: `preferred` if it is given, else the first free one from the default on. Undefined: none is free.
 * `localhost` can mean either loopback address, so both must be free.
 */
export async function choosePort(preferred: number | undefined): Promise<number | undefined> {
  if (preferred !== undefined) return (await isFree(preferred)) ? preferred : undefined
  for (let port = defaultPort; port < defaultPort + portCount; port += 1) if (await isFree(port)) return port
  return undefined
}

const isFree = async (port: number): Promise<boolean> => (await isFreeOn(port, '127.0.0.1')) && (await isFreeOn(port, '::1'))

function isFreeOn(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    // Without IPv6 the address does not exist, so it is not in use.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT'))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
