import { area } from './area.ts'
import { files as en } from './en/files.ts'

export const files = area('files', en)
