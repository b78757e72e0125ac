import { area } from './area.ts'
import { ui as en } from './en/ui.ts'

export const ui = area('ui', en)
