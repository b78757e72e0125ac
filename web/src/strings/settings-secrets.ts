import { area } from './area.ts'
import { settingsSecrets as en } from './en/settings-secrets.ts'

export const settingsSecrets = area('settingsSecrets', en)
