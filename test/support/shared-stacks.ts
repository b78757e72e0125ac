/**
 * Vitest's global set-up for tests of a stack. It starts each shared stack at its first use and stops it after the last file.
 * Test files run in their own processes, so they request a stack over loopback HTTP (see shared-stack.ts).
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { freePort, type Stack, startStack } from './stack.ts'

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
  /** The port where the stack calls its model, on 127.0.0.1. Files that use the stack serve it in turn. */
  readonly modelPort: number
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stacks = new Map<string, Promise<{ readonly stack: Stack; readonly modelPort: number }>>()
  /** The stack `builtin` uses the builtin responder. Each other stack calls a model on a port of its own. */
  const start = async (name: string) => {
    const modelPort = await freePort()
    const env = { SOMA_MODEL_BASE_URL: `http://127.0.0.1:${modelPort}/v1`, SOMA_MODEL: 'hand' }
    return { stack: await startStack(name === 'builtin' ? {} : { env }), modelPort }
  }

  const server = createServer(async (request, response) => {
    const name = request.url?.slice(1) ?? ''
    const started = stacks.get(name) ?? start(name)
    stacks.set(name, started)
    try {
      const { stack, modelPort } = await started
      response.end(JSON.stringify({ url: stack.url, state: stack.state, modelPort } satisfies StackAddress))
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  project.provide('sharedStacks', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.closeAllConnections()
    server.close()
    await Promise.all([...stacks.values()].map(async (started) => (await started.catch(() => undefined))?.stack.stop()))
  }
}
