import { area } from './area.ts'
import { markdown as en } from './en/markdown.ts'

export const markdown = area('markdown', en)
