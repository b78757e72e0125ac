import { area } from './area.ts'
import { settingsTools as en } from './en/settings-tools.ts'

export const settingsTools = area('settingsTools', en)
