import { area } from './area.ts'
import { settingsPolicy as en } from './en/settings-policy.ts'

export const settingsPolicy = area('settingsPolicy', en)
