/**
 * The conversations in a file: our export as JSON or as lines of JSON, ChatGPT's `conversations.json`, or Open WebUI's chats. Pure. Each
 * conversation is read separately: it is complete, or refused with its reasons.
 */
import type { Event } from '../../events/event.ts'
import type { Subject } from '../../ids.ts'
import { parseJsonSteps, parseUnits } from '../../lib/json-steps.ts'
import { tryParseJson } from '../../lib/parse-json.ts'
import { runToEnd, type Steps } from '../../lib/steps.ts'
import type { InvalidField } from '../../problem.ts'
import { fail, ok, type Result } from '../../result.ts'
import { importSteps, transferVersion } from '../transfer.ts'
import { ChatGptConversation, readChatGpt } from './chatgpt.ts'
import { type ForeignConversation, foreignEvents } from './foreign.ts'
import { OpenWebUiChat, readOpenWebUi } from './open-webui.ts'

/** The log of one conversation, and what it leaves out. */
export interface ImportableLog {
  readonly events: Event[]
  readonly notes: readonly string[]
}

/** One conversation of a file. `title`: as the file states it; empty: it does not. */
export interface FileConversation {
  readonly title: string
  /** Whether our own export wrote it. */
  readonly isNative: boolean
  /** Its log for the new owner, in steps. `now`: Unix ms. Fails with pointers into the conversation. */
  toLog(subject: Subject, now: number): Steps<Result<ImportableLog, readonly InvalidField[]>>
}

/** The accepted files, in words. */
export const acceptedFiles = `an export of version ${transferVersion}, ChatGPT's conversations.json, or an export of Open WebUI`

/** The conversations of `file`, which is the parsed JSON or lines of JSON. Undefined: it is no file that an import accepts. */
export function readConversations(file: unknown): FileConversation[] | undefined {
  if (isNative(file)) return [nativeConversation(file)]
  if (Array.isArray(file)) return file.length > 0 && file.every(isConversation) ? file.map(toFileConversation) : undefined
  return isConversation(file) ? [toFileConversation(file)] : undefined
}

/** The value of a text: JSON, or lines of JSON that are our export. A byte order mark is skipped. Undefined: neither. */
export const parseFile = (text: string): unknown => runToEnd(parseFileSteps(text))

/** `parseFile` in steps, so that a caller can let other requests run. */
export function* parseFileSteps(text: string): Steps<unknown> {
  const withoutMark = text.replace(/^\ufeff/, '')
  try {
    return yield* parseJsonSteps(withoutMark)
  } catch {
    return yield* parseLines(withoutMark)
  }
}

function* parseLines(text: string): Steps<unknown> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length < 2) return undefined
  const values: Record<string, unknown>[] = []
  let units = 0
  for (const line of lines) {
    units += line.length
    if (units > parseUnits) {
      units = line.length
      yield
    }
    const value = tryParseJson(line)
    if (!isObject(value)) return undefined
    values.push(value)
  }
  const [first, ...rest] = values
  return first && 'version' in first && !('type' in first) ? { ...first, events: rest } : { version: transferVersion, events: values }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const isNative = (value: unknown): value is Record<string, unknown> => isObject(value) && 'version' in value && 'events' in value

/** Whether an element of a file is a conversation by its fields. A broken one is too: it is refused on its own. */
const isConversation = (value: unknown): boolean =>
  isNative(value) || (isObject(value) && ('mapping' in value || 'chat' in value || 'history' in value))

function toFileConversation(value: unknown): FileConversation {
  if (isNative(value)) return nativeConversation(value)
  const title = titleOf(value)
  if (isObject(value) && 'mapping' in value)
    return foreignConversation(title, () => readParsed(ChatGptConversation.safeParse(value), readChatGpt))
  return foreignConversation(title, () => readParsed(OpenWebUiChat.safeParse(value), readOpenWebUi))
}

function nativeConversation(value: Record<string, unknown>): FileConversation {
  return {
    title: '',
    isNative: true,
    *toLog(subject, now) {
      // Each event is checked in its step: a schema of the whole file would be one long step.
      const { version, events } = value
      if (version !== transferVersion || !Array.isArray(events) || events.length === 0)
        return fail([{ pointer: '', detail: `must be ${acceptedFiles}` }])
      const log = yield* importSteps({ version, events }, subject, now)
      if (log.ok) return ok({ events: log.value, notes: [] })
      return fail(log.error.kind === 'invalid' ? log.error.errors : [{ pointer: '', detail: log.error.kind }])
    },
  }
}

function foreignConversation(title: string, readMessages: () => Result<ForeignConversation, string>): FileConversation {
  return {
    title,
    isNative: false,
    *toLog(subject, now) {
      const conversations = readMessages()
      if (!conversations.ok) return fail([{ pointer: '', detail: conversations.error }])
      const { events, notes } = foreignEvents(conversations.value, subject, now)
      // The same rules as for our own exports: order and limits.
      const log = yield* importSteps({ version: transferVersion, events: events.map((event) => ({ ...event })) }, subject, now)
      if (log.ok) return ok({ events: log.value, notes })
      return fail(log.error.kind === 'invalid' ? log.error.errors.map((error) => toMessageProblem(events, error)) : [])
    },
  }
}

/** A problem of an event as a problem of a message, because users of the other product know messages. */
function toMessageProblem(events: readonly Event[], { pointer, detail }: InvalidField): InvalidField {
  const [, , index] = pointer.split('/')
  const event = events[Number(index)]
  const items = events
    .slice(0, Number(index) + 1)
    .filter(({ type }) => type === 'item.added' || type === 'item.closed' || type === 'call.ended')
  return event && pointer.includes('/events/') ? { pointer: '', detail: `Its message ${items.length} ${detail}.` } : { pointer, detail }
}

function readParsed<T>(parsed: { success: true; data: T } | { success: false }, next: (value: T) => Result<ForeignConversation, string>) {
  return parsed.success ? next(parsed.data) : fail<string>('It is not a conversation that this version can read.')
}

function titleOf(value: unknown): string {
  const title = isObject(value) ? (value.title ?? (isObject(value.chat) ? value.chat.title : '')) : ''
  return typeof title === 'string' ? title : ''
}
