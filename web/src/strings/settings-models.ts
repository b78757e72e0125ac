import { area } from './area.ts'
import { settingsModels as en } from './en/settings-models.ts'

export const settingsModels = area('settingsModels', en)
