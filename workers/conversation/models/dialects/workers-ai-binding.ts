/** Workers AI through a binding of the Worker: no address and no key. The requests and answers are those of REST. */
import { z } from 'zod'
import { ModelError } from '../../../../shared/model/model.ts'

/** The part of the binding that is called. */
export interface AiBinding {
  run(model: string, inputs: Readonly<Record<string, unknown>>, options: { readonly returnRawResponse: true }): Promise<Response>
}

const Inputs = z.record(z.string(), z.unknown())

/** A `fetch` that sends the request of `model` to the binding. An abort ends the answer. */
export const fetchThroughBinding =
  (binding: AiBinding, model: string): typeof fetch =>
  async (_, init) => {
    const signal = init?.signal ?? undefined
    signal?.throwIfAborted()
    const inputs = Inputs.parse(JSON.parse(String(init?.body)))
    const response = await untilAborted(binding.run(model, inputs, { returnRawResponse: true }).catch(errorResponse), signal)
    if (response.body === null || !signal) return response
    return new Response(response.body.pipeThrough(new TransformStream(), { signal }), response)
  }

/** Statuses of the binding's errors, as REST has them: no such model, no capacity, no quota. */
const statuses: Readonly<Record<string, number>> = { 5007: 404, 3040: 429, 3036: 429 }

/** An error of the binding, whose text begins with a code, as REST reports it. Throws an error of another kind. */
function errorResponse(error: unknown): Response {
  const [, code, message] = /^(\d{4}): (.*)$/s.exec(error instanceof Error ? error.message : '') ?? []
  if (code === undefined) throw error
  return Response.json({ success: false, errors: [{ code: Number(code), message }] }, { status: statuses[code] ?? 400 })
}

/** `work`, or the reason of an abort before it is done. A response that comes later is cancelled. */
async function untilAborted(work: Promise<Response>, signal: AbortSignal | undefined): Promise<Response> {
  if (!signal) return work
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, promise])
  } catch (error) {
    work.then(
      ({ body }) => body?.cancel(),
      () => {},
    )
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The binding `AI`, if the operator configured it. Throws `ModelError` without it. */
export function aiBinding(env: object, name: string): AiBinding {
  const { AI } = env as { readonly AI?: AiBinding }
  if (AI) return AI
  throw new ModelError(`The model profile \`${name}\` has no address, and this server has no binding \`AI\` of Workers AI.`)
}
