/** Cursors of the session list. They are opaque to clients, so their content can change. */
import { z } from 'zod'
import type { ListCursor } from '../../../durable-objects/session-list/session-list.ts'
import { idPattern } from '../../../shared/ids.ts'

const ListPosition = z.tuple([z.int().min(0), z.string().regex(idPattern)])

/** The cursor as base64 text. */
export const encodeListCursor = ({ updatedAt, sessionId }: ListCursor): string =>
  btoa(JSON.stringify([updatedAt, sessionId])).replace(/=+$/, '')

/** The position in the cursor `text`. Null: the cursor is not valid. */
export function decodeListCursor(text: string): ListCursor | null {
  try {
    const [updatedAt, sessionId] = ListPosition.parse(JSON.parse(atob(text)))
    return { updatedAt, sessionId }
  } catch {
    return null
  }
}
