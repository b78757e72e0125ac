/**
 * What every face asks of a model, and the events that it translates. Pure. A face is a protocol of others, without a state of its own.
 * The history that a client sends is data: no role, approval or result in it has an effect.
 */
import type { Overrides } from '../../../shared/api/models.ts'
import type { Usage } from '../../../shared/events/event.ts'
import type { ResponseFormat } from '../../../shared/json-schema/response-format.ts'
import type { ModelMessage } from '../../../shared/model/model.ts'
import type { Failure } from '../../../shared/problem.ts'
import type { ToolSpec } from '../../../shared/tool/tool.ts'

/** The conversation of a request, in our terms. */
export interface FaceRequest {
  /** A model profile, `persona:NAME`, or `default`. */
  readonly model: string
  readonly prompt: readonly ModelMessage[]
  /** Tools that the client runs. */
  readonly tools: readonly ToolSpec[]
  readonly format?: ResponseFormat | undefined
  readonly overrides: Overrides
  /** Texts that end the answer. They are not part of it. */
  readonly stop?: readonly string[]
  /** Attachments of the last user message. Only a session carries them. */
  readonly files?: readonly string[]
  /** The session that gets the last user message. Undefined: the call has no session. */
  readonly session?: string | undefined
}

/** Why an answer ended. */
export type Finish = 'stop' | 'length' | 'calls' | 'cancelled'

/** A part of an answer. The last one is `end` or `failed`. */
export type FaceEvent =
  | { readonly type: 'alive' }
  | { readonly type: 'model'; readonly model: string }
  | { readonly type: 'text' | 'reasoning'; readonly text: string }
  /** A call of a tool of the client. */
  | { readonly type: 'call'; readonly id: string; readonly name: string; readonly arguments: string }
  /** A call of a tool of the session. It runs there. */
  | { readonly type: 'session_call'; readonly id: string; readonly name: string; readonly arguments: string }
  /** Its result. `isError`: it did not complete. */
  | { readonly type: 'session_result'; readonly id: string; readonly text: string; readonly isError: boolean }
  /** The call waits for a user. `seq`: of the event. `until`: Unix ms. */
  | { readonly type: 'waiting'; readonly id: string; readonly seq: number; readonly reason: string; readonly until: number }
  | { readonly type: 'usage'; readonly usage: Usage }
  /** `stop`: the text of the request that ended it. */
  | { readonly type: 'end'; readonly finish: Finish; readonly stop?: string | undefined }
  | { readonly type: 'failed'; readonly failure: Failure }

/** An answer that runs. */
export interface OpenAnswer {
  readonly events: AsyncGenerator<FaceEvent>
  /** Stops a call without a session. A turn of a session goes on without its readers. */
  readonly cancel: () => void
  /** Call it once the events are read. */
  readonly end: () => void
  readonly session?: string | undefined
  readonly turn?: string | undefined
}

/** The pointer of a setting that the request makes for its own call. A turn of a session takes none. Undefined: there is none. */
export function ownSetting({ overrides, stop = [] }: Pick<FaceRequest, 'overrides' | 'stop'>): string | undefined {
  if (stop.length > 0) return '/stop'
  const { kwargs = {}, ...settings } = overrides
  const [name] = [...Object.keys(settings), ...Object.keys(kwargs)]
  return name === undefined ? undefined : `/${name}`
}
