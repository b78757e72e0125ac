import { area } from './area.ts'
import { settingsArchived as en } from './en/settings-archived.ts'

export const settingsArchived = area('settingsArchived', en)
