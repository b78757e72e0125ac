import { area } from './area.ts'
import { offline as en } from './en/offline.ts'

export const offline = area('offline', en)
