import { area } from './area.ts'
import { settingsAudit as en } from './en/settings-audit.ts'

export const settingsAudit = area('settingsAudit', en)
