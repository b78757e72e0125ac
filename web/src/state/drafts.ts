/** What was typed and not yet sent, per session; survives a reload and a closed tab. */
import { isText, load, save } from './storage.ts'

/** The key of a conversation that has no id yet. */
export const newChat = 'new'

const key = (session: string) => `soma.draft.${session}`

export const loadDraft = (session: string): string => load(key(session), isText) ?? ''
export const saveDraft = (session: string, text: string): void => void save(key(session), text === '' ? null : text)
