/** Cursors of the list of sessions: opaque to clients, so that what they hold may change. */
import { z } from 'zod'
import type { ListCursor } from '../../../durable-objects/session-list/session-list.ts'
import { idPattern } from '../../../shared/ids.ts'

const ListPosition = z.tuple([z.int().min(0), z.string().regex(idPattern)])

export const encodeListCursor = ({ updatedAt, sessionId }: ListCursor): string =>
  btoa(JSON.stringify([updatedAt, sessionId])).replace(/=+$/, '')

/** Null where it is not one of ours. */
export function decodeListCursor(text: string): ListCursor | null {
  try {
    const [updatedAt, sessionId] = ListPosition.parse(JSON.parse(atob(text)))
    return { updatedAt, sessionId }
  } catch {
    return null
  }
}
