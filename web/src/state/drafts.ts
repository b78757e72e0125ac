/** Unsent drafts, one per session. They survive a reload and a closed tab. */
import { isText, load, save } from './storage.ts'

/** The draft key for a conversation without an id. */
export const newChat = 'new'

const key = (session: string) => `soma.draft.${session}`

export const loadDraft = (session: string): string => load(key(session), isText) ?? ''
export const saveDraft = (session: string, text: string): void => void save(key(session), text === '' ? null : text)
