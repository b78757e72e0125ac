import { area } from './area.ts'
import { settingsMemory as en } from './en/settings-memory.ts'

export const settingsMemory = area('settingsMemory', en)
