/** Services of tools for tests that run tools without the bindings of the Worker. */
import { fail } from '../../shared/result.ts'
import type { ToolBreaker } from '../../shared/tool/breaker.ts'
import type { ToolServices } from '../../shared/tool/context.ts'

const noEngine = () => {
  throw new Error('the test has no engine')
}

const noFiles = () => Promise.reject(new Error('there are no files'))

/** The real clock, and no network. */
export const offlineServices: ToolServices = {
  now: Date.now,
  code: {
    start: noEngine,
    resume: noEngine,
  },
  python: null,
  mcp: { callTool: async () => fail('There is no network.'), readResource: async () => fail('There is no network.') },
  web: { fetchPage: async () => fail('There is no network.'), search: async () => fail('There is no network.') },
  memory: {
    save: () => Promise.reject(new Error('there is no memory')),
    find: async () => [],
    forget: async () => false,
  },
  sessions: { find: async () => [] },
  files: { read: noFiles, list: noFiles, write: noFiles, edit: noFiles },
  documents: { read: noFiles },
  tools: { find: async () => [] },
}

/** A breaker that never opens. */
export const closedBreaker: ToolBreaker = { state: async () => null, report: async () => {} }
