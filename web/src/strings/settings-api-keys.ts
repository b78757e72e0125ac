import { area } from './area.ts'
import { settingsApiKeys as en } from './en/settings-api-keys.ts'

export const settingsApiKeys = area('settingsApiKeys', en)
