/** Sessions: their list, their names, their state and their events. */
import { z } from 'zod'
import { Event } from '../events/event.ts'
import { Flag } from './flag.ts'
import { limits } from './limits.ts'
import { UnixMs } from './unix-ms.ts'

/** The state of a session. `running`: a turn has not ended. */
export const SessionState = z.enum(['idle', 'running', 'paused'])

/** What a user may do in a session that another user shares with them. */
export const SharedAccess = z.enum(['viewer', 'member', 'admin'])
export type SharedAccess = z.infer<typeof SharedAccess>

/** One session of the list. */
export const SessionSummary = z.object({
  session_id: z.string(),
  title: z.string(),
  state: SessionState,
  created_at: UnixMs,
  updated_at: UnixMs,
  last_turn_id: z.string().nullable(),
  parent_session: z
    .string()
    .optional()
    .meta({ description: 'The session above, for a sub-session: a sub-agent answers one of its calls. Lists leave it out.' }),
  pinned: z.boolean().optional().meta({ description: 'Whether you pinned the session in your list' }),
  archived: z.boolean().optional().meta({ description: 'Whether you archived the session: the list leaves it out' }),
  erase_at: UnixMs.optional().meta({ description: 'When the content of a deleted session is erased. Absent: it is not deleted.' }),
  access: SharedAccess.optional().meta({ description: 'What you may do in a session of another user. Absent: it is yours.' }),
  owner: z.string().optional().meta({ description: 'The user who shares the session with you. Absent: it is yours.' }),
})
export type SessionSummary = z.infer<typeof SessionSummary>

/** A page of sessions. `next_cursor`: the `cursor` of the next page; null: none. */
export const SessionList = z.object({ sessions: z.array(SessionSummary), next_cursor: z.string().nullable() })
export type SessionList = z.infer<typeof SessionList>

/** Sessions of other users, most recently active first. */
export const SharedSessionList = z.object({ sessions: z.array(SessionSummary.required({ access: true, owner: true })) })
export type SharedSessionList = z.infer<typeof SharedSessionList>

/** Query of `GET /v1/sessions`. */
export const ListSessions = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(400).optional(),
  archived: Flag.optional().meta({ description: '`true`: your archived sessions in place of all others' }),
  trashed: Flag.optional().meta({ description: '`true`: your deleted sessions that you can restore, last deleted first' }),
})
export type ListSessions = z.infer<typeof ListSessions>

/** Whether the caller's list pins or archives a session. An absent field stays unchanged. */
export const ListEntry = z.object({ pinned: z.boolean().optional(), archived: z.boolean().optional() })
export type ListEntry = z.infer<typeof ListEntry>

/** The new title of a session. */
export const PatchSession = z.object({
  title: z
    .string()
    .max(limits.titleUnits)
    .refine((text) => text.trim() !== '', 'must not be empty or blank'),
})
export type PatchSession = z.infer<typeof PatchSession>

/** Whether the session shall be paused. */
export const PauseSession = z.object({ paused: z.boolean() })
export type PauseSession = z.infer<typeof PauseSession>

/** Query of `GET /v1/sessions/{session}/events`. */
export const ReadEvents = z.object({
  stream: Flag.optional(),
  after: z.string().max(40).optional(),
  limit: z.coerce.number().int().min(1).max(limits.pageEvents).default(100),
})
export type ReadEvents = z.infer<typeof ReadEvents>

/** Header of a stream that is resumed (HTML Living Standard §9.2.4). */
export const LastEventId = z.object({ 'last-event-id': z.string().max(40).optional() })
export type LastEventId = z.infer<typeof LastEventId>

/** Query of `GET /v1/sessions/{session}/stream`. */
export const OpenSocket = ReadEvents.pick({ after: true, stream: true })
export type OpenSocket = z.infer<typeof OpenSocket>

/**
 * A page of events. `next_cursor`: the `after` of the next page; null: none. `last_seq`: the last event of the log. Later pages can be read
 * side by side. An object of an earlier release does not send it.
 */
export const EventPage = z.object({
  session_id: z.string(),
  events: z.array(Event),
  next_cursor: z.string().nullable(),
  last_seq: z.number().int().optional().meta({ description: 'The `seq` of the last event of the log.' }),
})
export type EventPage = z.infer<typeof EventPage>

/** The same from the session object: `events` is the text of a JSON array. */
export type EventText = Omit<EventPage, 'session_id' | 'events'> & { readonly events: string }

/** Any text. An invalid id gets the same response as an unknown one. */
export const SessionPath = z.object({ session: z.string().meta({ description: 'The session id', example: 'first-light' }) })
export type SessionPath = z.infer<typeof SessionPath>
