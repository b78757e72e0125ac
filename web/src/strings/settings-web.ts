import { area } from './area.ts'
import { settingsWeb as en } from './en/settings-web.ts'

export const settingsWeb = area('settingsWeb', en)
