/**
 * Vitest's global set-up for tests of a stack. It starts each shared stack at its first use and stops it after the last file.
 * Test files run in their own processes, so they request a stack over loopback HTTP (see shared-stack.ts).
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { type Stack, startStack } from './stack.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The address where `GET /NAME` returns the `StackAddress` of that shared stack. */
    sharedStacks: string
  }
}

/** The address and output of a stack in another process. */
export interface StackAddress {
  readonly url: string
  readonly state: string
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stacks = new Map<string, Promise<Stack>>()
  /** A name is `builtin` or `PORT`. With `PORT`, the stack calls a model on that port, which each file serves in turn. */
  const start = (name: string) =>
    startStack(name === 'builtin' ? {} : { env: { SOMA_MODEL_BASE_URL: `http://127.0.0.1:${name}/v1`, SOMA_MODEL: 'hand' } })

  const server = createServer(async (request, response) => {
    const name = request.url?.slice(1) ?? ''
    const stack = stacks.get(name) ?? start(name)
    stacks.set(name, stack)
    try {
      const { url, state } = await stack
      response.end(JSON.stringify({ url, state } satisfies StackAddress))
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  project.provide('sharedStacks', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.closeAllConnections()
    server.close()
    await Promise.all([...stacks.values()].map(async (stack) => (await stack.catch(() => undefined))?.stop()))
  }
}
