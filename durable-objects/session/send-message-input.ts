/** A message as the session object receives it. Types only. */
import type { Delegation } from '../../shared/agent/delegation.ts'
import type { AttachmentRef } from '../../shared/attachment/attachment-ref.ts'
import type { DirectCall, Metadata } from '../../shared/events/event.ts'
import type { Role } from '../../shared/identity/role.ts'
import type { SessionId, Subject, TenantId } from '../../shared/ids.ts'
import type { ResponseFormat } from '../../shared/json-schema/response-format.ts'
import type { OnConflict } from '../../shared/session/command.ts'

/** A message of a client. */
export interface SendMessageInput {
  readonly tenant: TenantId
  readonly session: SessionId
  readonly subject: Subject
  readonly event_id: string
  /** Other texts of the same key, under which earlier releases recorded it. */
  readonly event_id_aliases?: readonly string[] | undefined
  /** A message with the same `event_id` and another fingerprint is refused. */
  readonly fingerprint: string
  /** Fingerprints of equal messages. */
  readonly equivalent_fingerprints?: readonly string[] | undefined
  /** Absent only with `regenerates`, which names the turn that has the text. */
  readonly text?: string | undefined
  /** The files of the message. The gateway has checked that the sender may read them. */
  readonly attachments?: readonly AttachmentRef[] | undefined
  readonly persona_id?: string | undefined
  /** The sender may not choose `persona_id`. A message that was recorded before is still returned. */
  readonly persona_unknown?: boolean | undefined
  /** The model profile that the message names. */
  readonly model?: string | undefined
  /** The workspace has no profile `model`, or its lists do not allow it. A message that was recorded before is still returned. */
  readonly model_unknown?: boolean | undefined
  readonly response_format?: ResponseFormat | undefined
  readonly metadata?: Metadata | undefined
  readonly on_conflict?: OnConflict | undefined
  readonly expected_seq?: number | undefined
  /** The turn that this one follows. Null: none. Absent: the newest turn of the active branch. */
  readonly parent_turn_id?: string | null | undefined
  /** The turn to answer again, on a branch beside it. */
  readonly regenerates?: string | undefined
  /** The highest role of the turn, if it is below the user's own role. */
  readonly role_at_most?: Role | undefined
  /** The turn is this call, without a model. `text` says so to readers. */
  readonly tool?: DirectCall | undefined
  /** The call of the session above that the turn answers. Only a session object sends it. */
  readonly delegation?: Delegation | undefined
  /** The gateway's request, for log lines. */
  readonly request?: string | undefined
}
