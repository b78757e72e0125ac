import { area } from './area.ts'
import { sessions as en } from './en/sessions.ts'

export const sessions = area('sessions', en)
