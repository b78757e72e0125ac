import { area } from './area.ts'
import { context as en } from './en/context.ts'

export const context = area('context', en)
