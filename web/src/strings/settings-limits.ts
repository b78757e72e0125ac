import { area } from './area.ts'
import { settingsLimits as en } from './en/settings-limits.ts'

export const settingsLimits = area('settingsLimits', en)
