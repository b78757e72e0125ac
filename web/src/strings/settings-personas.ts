import { area } from './area.ts'
import { settingsPersonas as en } from './en/settings-personas.ts'

export const settingsPersonas = area('settingsPersonas', en)
