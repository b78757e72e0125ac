import { area } from './area.ts'
import { chatContext as en } from './en/chat-context.ts'

export const chatContext = area('chatContext', en)
