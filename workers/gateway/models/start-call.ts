/** Starts a call of a model without a session, and streams text to its client. */
import type { InvokeModel } from '../../../shared/api/models.ts'
import type { Invocation, ModelCaller } from '../../../shared/model/invocation.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { GatewayContext } from '../http/context.ts'
import { modelAdmin } from '../http/parties.ts'
import { mayChoosePersona } from '../personas/choose.ts'
import { callLease, tooManyCalls, whileLeased } from './call-limit.ts'
import { type RunningCall, runningCall } from './invocation.ts'

/** The caller as the conversation Worker knows it. The role of an API key limits that of its user. */
export function callerOf(c: GatewayContext): ModelCaller {
  const { tenant, subject, roles, via } = c.var.principal
  return { tenant, subject, request: c.get('requestId'), role_at_most: via === 'api_key' ? roles[0] : undefined }
}

export interface StartedCall extends RunningCall {
  readonly end: () => void
  readonly headers: Readonly<Record<string, string>>
}

/** SomaAgent01's header: the model lock only warns, and would refuse the call. */
const warningHeader = 'x-gateway-model-lock-warning'

/** What a call may have beside the body of `/v1/llm/invoke`. */
export type CallExtras = Pick<Invocation, 'prompt' | 'tools' | 'response_format' | 'reasoning'>

/** Starts a call. `end`: call it once the lines are read. */
export async function startCall(c: GatewayContext, body: InvokeModel, extras: CallExtras = {}): Promise<Result<StartedCall, Failure>> {
  if (!(await mayChoosePersona(c, body.persona_id)))
    return fail({ kind: 'invalid', errors: [{ pointer: '/persona_id', detail: 'must be a persona that you may choose' }] })
  const lease = callLease(c)
  if (lease && (await lease.take())) return fail(tooManyCalls)
  const { role, messages, persona_id, overrides } = body
  try {
    const started = await modelAdmin(c).invoke({ ...callerOf(c), role, messages, persona_id, overrides, ...extras })
    if (!started.ok) {
      lease?.release()
      return started
    }
    const { stream, lock_warning } = started.value
    const call = runningCall(stream)
    const headers = lock_warning === undefined ? {} : { [warningHeader]: lock_warning }
    return ok({ lines: whileLeased(call.lines, lease), cancel: call.cancel, end: () => lease?.release(), headers })
  } catch (error) {
    lease?.release()
    throw error
  }
}

/** A client that reads nothing for this long loses its stream, so that the provider's connection closes. Milliseconds. */
const unreadMs = 60_000

/** The events as a response body. The model stops when the client leaves. */
export function eventBody(
  events: AsyncGenerator<string>,
  { cancel, end }: { cancel: () => void; end: () => void },
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let unread: ReturnType<typeof setTimeout> | null = null
  const stop = () => {
    clearTimeout(unread)
    end()
    cancel()
  }
  return new ReadableStream(
    {
      async pull(controller) {
        clearTimeout(unread)
        try {
          const { done, value } = await events.next()
          if (done) {
            stop()
            return controller.close()
          }
          controller.enqueue(encoder.encode(value))
          unread = setTimeout(() => {
            stop()
            controller.error(new Error('the client does not read'))
          }, unreadMs)
        } catch (error) {
          stop()
          throw error
        }
      },
      cancel: stop,
    },
    { highWaterMark: 0 },
  )
}
