import { area } from './area.ts'
import { settingsAccount as en } from './en/settings-account.ts'

export const settingsAccount = area('settingsAccount', en)
