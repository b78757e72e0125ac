/** Which messages of the protocol become a request of our own API. Pure. */
import { faceTools } from './tools.ts'

/** Whether the library turns `message` into exactly one request. A list of messages may become many. */
export function becomesOneRequest(message: unknown): boolean {
  const { method, params } = fields(message)
  if (method !== 'tools/call') return false
  const { name, arguments: args = {} } = fields(params)
  const tool = typeof name === 'string' && Object.hasOwn(faceTools, name) ? faceTools[name] : undefined
  return tool?.arguments.safeParse(args).success ?? false
}

const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
