/** Starts the answer to a request of a face: a turn of its session, or a call without one. */
import { SessionId } from '../../../shared/ids.ts'
import { messageText } from '../../../shared/model/model.ts'
import { estimateContextTokens } from '../../../shared/model/tokens.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { GatewayContext } from '../http/context.ts'
import { defaultName, personaPrefix } from '../models/names.ts'
import { startCall } from '../models/start-call.ts'
import { callEvents } from './call-events.ts'
import { type FaceRequest, type OpenAnswer, ownSetting } from './face.ts'
import { readTurn, sendTurn } from './session-turn.ts'

/** The model and the persona of a name. */
export function answererOf(model: string): { readonly model?: string; readonly persona_id?: string } {
  if (model.startsWith(personaPrefix)) return { persona_id: model.slice(personaPrefix.length) }
  return model === defaultName ? {} : { model }
}

/** Starts the answer to a request: a turn of its session, or a call without one. */
export async function openAnswer(c: GatewayContext, request: FaceRequest): Promise<Result<OpenAnswer, Failure>> {
  if (request.session !== undefined) return sessionAnswer(c, request, request.session)
  if (request.files?.length) return invalid('/messages', 'must hold no file without a session: name one in `session_id`')
  const { persona_id, model } = answererOf(request.model)
  const { prompt, tools, format: response_format } = request
  const overrides = { ...request.overrides, ...(model !== undefined && { model }) }
  // A conversation Worker of an earlier release reads these.
  const messages = prompt.flatMap((message) => (message.role === 'tool' ? [] : [{ role: message.role, content: messageText(message) }]))
  const started = await startCall(
    c,
    { role: 'dialogue', messages, persona_id, overrides },
    { prompt, tools, response_format, reasoning: true },
  )
  if (!started.ok) return fail(inTheirFields(started.error))
  const { lines, cancel, end } = started.value
  return ok({ events: callEvents(lines, request.stop ?? [], estimateContextTokens(prompt.map(messageText)), cancel), cancel, end })
}

/** A turn with the last user message. The log of the session is its history. */
async function sessionAnswer(c: GatewayContext, request: FaceRequest, id: string): Promise<Result<OpenAnswer, Failure>> {
  const session = SessionId.safeParse(id)
  if (!session.success) return invalid('/session_id', 'must be 1 to 64 letters, digits, "-" or "_", and start with a letter or digit')
  if (request.tools.length > 0)
    return invalid('/tools', 'must be empty with a session: its own tools run in it, as the workspace allows them')
  const setting = ownSetting(request)
  if (setting !== undefined) return invalid(setting, 'must not be sent with a session: the model profile and the persona decide about it')
  const { persona_id, model } = answererOf(request.model)
  const last = request.prompt.findLast(({ role }) => role === 'user')
  if (last === undefined || last.text.trim() === '') return invalid('/messages', 'must contain a message with the role `user` and a text')
  if ('images' in last && last.images?.length) return invalid('/messages', 'must hold no image with a session: upload it, and attach it')
  const sent = await sendTurn(c, session.data, {
    message: last.text,
    persona_id,
    model,
    response_format: request.format,
    ...(request.files?.length && { attachments: [...request.files] }),
  })
  return sent.ok ? readTurn(c, session.data, sent.value.turn_id, String(sent.value.seq)) : sent
}

/** Our fields that come from the client's `model`. */
const modelFields = new Set(['/persona_id', '/overrides/model'])

/** The failure, with the field of the request that caused it. */
const inTheirFields = (failure: Failure): Failure =>
  failure.kind === 'invalid'
    ? { ...failure, errors: failure.errors.map((error) => (modelFields.has(error.pointer) ? { ...error, pointer: '/model' } : error)) }
    : failure

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })
