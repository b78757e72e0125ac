import { area } from './area.ts'
import { settingsConstitution as en } from './en/settings-constitution.ts'

export const settingsConstitution = area('settingsConstitution', en)
