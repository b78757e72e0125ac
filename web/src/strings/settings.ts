import { area } from './area.ts'
import { settings as en } from './en/settings.ts'

export const settings = area('settings', en)
