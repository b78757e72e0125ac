import { area } from './area.ts'
import { settingsDeleted as en } from './en/settings-deleted.ts'

export const settingsDeleted = area('settingsDeleted', en)
