/** The commands of a conversation: every change that a client, a runner or an executor may request. Pure. */
import type { Delegation } from '../agent/delegation.ts'
import type { AttachmentRef } from '../attachment/attachment-ref.ts'
import type { AnsweredBy, DirectCall, Metadata, Outcome, PromptFacts, Summary, Usage } from '../events/event.ts'
import type { Role } from '../identity/role.ts'
import type { Subject } from '../ids.ts'
import type { ResponseFormat } from '../json-schema/response-format.ts'
import type { CallCommand, RequestedCall } from './call.ts'

/** The effect of a message while a turn has not ended. */
export type OnConflict = 'queue' | 'reject' | 'interrupt'

/** A requested change of a conversation. */
export type Command =
  | {
      readonly kind: 'post'
      readonly subject: Subject
      readonly turn_id: string
      readonly item_id: string
      readonly event_id: string
      readonly text: string
      readonly attachments?: readonly AttachmentRef[] | undefined
      readonly persona_id?: string | undefined
      readonly model?: string | undefined
      readonly response_format?: ResponseFormat | undefined
      readonly metadata?: Metadata | undefined
      /** What to do if a turn has not ended: queue behind it, refuse, or cancel all unfinished turns. */
      readonly on_conflict?: OnConflict | undefined
      /** The sender's last seen position. Refused if more was recorded since. */
      readonly expected_seq?: number | undefined
      /** The parent turn, which the caller has checked. Absent: the active branch. */
      readonly parent_turn_id?: string | null | undefined
      readonly regenerates?: string | undefined
      /** The highest role of the turn, where the requester may do less than the user. */
      readonly role_at_most?: Role | undefined
      /** The turn is this call, without a model. */
      readonly tool?: DirectCall | undefined
      /** The call of the session above that the turn answers. */
      readonly delegation?: Delegation | undefined
      /** How far the running turn has come, for an interruption. */
      readonly interrupted: Pick<Ending, 'text' | 'usage' | 'answered_by'>
    }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'reset' }
  /** `turn_id`: a turn that the caller knows to exist. */
  | { readonly kind: 'switch'; readonly turn_id: string; readonly expected_seq?: number | undefined }
  | { readonly kind: 'title'; readonly title: string }
  | { readonly kind: 'delete' }
  /** Deletes the session so that `untrash` restores it. `interrupted`: how far the running turn has come. */
  | { readonly kind: 'trash'; readonly erase_after_ms: number; readonly interrupted: Pick<Ending, 'text' | 'usage'> }
  | { readonly kind: 'untrash' }
  /** `turn_id`: a turn that the caller knows to have ended. */
  | { readonly kind: 'refuse_memory'; readonly turn_id: string; readonly reasons: readonly string[] }
  /** `text`: the open item's text so far. */
  | ({ readonly kind: 'cancel'; readonly turn_id: string } & Pick<Ending, 'text' | 'usage' | 'answered_by'>)
  /** Starts the oldest turn together with its answer: see decision 6. */
  | { readonly kind: 'start'; readonly item_id: string }
  /** Starts the oldest turn together with the one call that it is. */
  | { readonly kind: 'start_call'; readonly call: RequestedCall }
  /** Starts the running turn's answer once more. */
  | { readonly kind: 'open'; readonly item_id: string }
  | { readonly kind: 'abandon' }
  /** The text of the open answer is not an answer. Abandons it, and opens the next one. */
  | { readonly kind: 'restart'; readonly item_id: string }
  /** The model thinks: opens an item for its reasoning, in the place of an answer without text. */
  | { readonly kind: 'think'; readonly item_id: string }
  /** The reasoning is over: closes it and opens the answer. `text`: the reasoning. Empty: it does not count, and is abandoned. */
  | { readonly kind: 'answer'; readonly item_id: string; readonly text: string; readonly truncated?: boolean }
  /** The model requests tools. Records its text, the calls and the usage together. `text`: the open item's text. */
  | {
      readonly kind: 'step'
      readonly text: string
      readonly usage?: Usage | undefined
      readonly answered_by?: AnsweredBy | undefined
      readonly calls: readonly RequestedCall[]
    }
  | ({ readonly kind: 'summarize' } & Omit<Summary, 'turn_id'>)
  | CallCommand
  | { readonly kind: 'revoke_approval'; readonly tool: string; readonly by: Subject }
  | ({ readonly kind: 'end' } & Ending)

/** How the running turn ends. `text`: the open item's text. */
export interface Ending {
  readonly text: string
  readonly outcome: Outcome
  readonly truncated?: boolean | undefined
  readonly reason?: string | undefined
  readonly detail?: string | undefined
  readonly usage?: Usage | undefined
  readonly answered_by?: AnsweredBy | undefined
  readonly context?: PromptFacts | undefined
}
