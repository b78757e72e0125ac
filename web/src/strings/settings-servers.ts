import { area } from './area.ts'
import { settingsServers as en } from './en/settings-servers.ts'

export const settingsServers = area('settingsServers', en)
