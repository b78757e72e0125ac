import { area } from './area.ts'
import { settingsUsers as en } from './en/settings-users.ts'

export const settingsUsers = area('settingsUsers', en)
