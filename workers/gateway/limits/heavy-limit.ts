/**
 * Limits requests that hold much memory: imports, exports, forks, uploads and parts of backups. The bound is per isolate, because they use the
 * isolate's memory. A request counts until its response has been read.
 */
import { createMiddleware } from 'hono/factory'
import { limits } from '../../../shared/api/limits.ts'
import { partBytes } from '../../../shared/attachment/part-writer.ts'
import { isFormPath, maxBodyBytes } from '../http/body.ts'
import type { Gateway } from '../http/context.ts'
import { problem } from '../http/problem.ts'

/** Requests with a file as response, and forks, which copy a session. Those with a file as body are known by its limit. */
const fileResponse =
  /^(POST \/v1\/sessions\/([^/]+\/fork|export)|GET \/v1\/(sessions\/[^/]+\/export|audit\/export|memory\/export|admin\/snapshot|admin\/object))$/

/** Whether a request is heavy. */
export const isHeavy = (method: string, path: string): boolean =>
  (method === 'POST' && (isFormPath(path) || maxBodyBytes(path) > limits.bodyBytes)) || fileResponse.test(`${method} ${path}`)

/** Bytes of bodies that the isolate accepts at a time: two of the largest. */
const isolateBytes = 2 * limits.importBytes
/** When a refused client tries again. Milliseconds. */
const retryMs = 2_000

/** Counts heavy requests by subject, and the bytes of their bodies. */
export class HeavyRequests {
  readonly #running = new Map<string, number>()
  #bytes = 0

  /** Starts a request. Returns the function that ends it; null: there are too many. */
  start(subject: string, bytes: number): (() => void) | null {
    const running = this.#running.get(subject) ?? 0
    if (running >= limits.heavyRequests || (this.#bytes > 0 && this.#bytes + bytes > isolateBytes)) return null
    this.#running.set(subject, running + 1)
    this.#bytes += bytes
    let hasEnded = false
    return () => {
      if (hasEnded) return
      hasEnded = true
      this.#bytes -= bytes
      const remaining = (this.#running.get(subject) ?? 1) - 1
      if (remaining > 0) this.#running.set(subject, remaining)
      else this.#running.delete(subject)
    }
  }
}

const heavyRequests = new HeavyRequests()

/** Responds with 429 to a request that would exceed the limits. */
export const heavyLimit = createMiddleware<Gateway>(async (c, next) => {
  if (!isHeavy(c.req.method, c.req.path)) return next()
  const { tenant, subject } = c.get('principal')
  const end = heavyRequests.start(`${tenant}/${subject}`, bodyBytes(c.req.header('content-length'), c.req.method, c.req.path))
  if (!end) {
    c.res = problem(c, { kind: 'too_many_heavy', limit: limits.heavyRequests, retryMs })
    return
  }
  try {
    await next()
  } catch (error) {
    end()
    throw error
  }
  const { body, status, headers } = c.res
  if (!body) return end()
  c.res = new Response(withEndCallback(body, end), { status, headers })
})

/** An upload is never whole in memory: it holds a part that is read, one that is sent, and the chunk between. */
const uploadMemoryBytes = 2 * partBytes + limits.bodyBytes

const bodyBytes = (declared: string | undefined, method: string, path: string): number =>
  isFormPath(path) ? uploadMemoryBytes : method === 'GET' ? 0 : declared === undefined ? maxBodyBytes(path) : Number(declared) || 0

/** `body`, with a callback when it ends or is cancelled. */
function withEndCallback(body: ReadableStream<Uint8Array>, onEnd: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value, done } = await reader.read()
          if (value) controller.enqueue(value)
          if (!done) return
          onEnd()
          controller.close()
        } catch (error) {
          onEnd()
          throw error
        }
      },
      cancel(reason) {
        onEnd()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
