import { area } from './area.ts'
import { chat as en } from './en/chat.ts'

export const chat = area('chat', en)
