/** German. One chunk, loaded when the page is in German. */
import { app } from './app.ts'
import { calls } from './calls.ts'
import { chat } from './chat.ts'
import { chatContext } from './chat-context.ts'
import { context } from './context.ts'
import { docs } from './docs.ts'
import { files } from './files.ts'
import { markdown } from './markdown.ts'
import { mfa } from './mfa.ts'
import { navigation } from './navigation.ts'
import { offline } from './offline.ts'
import { sessions } from './sessions.ts'
import { settings } from './settings.ts'
import { settingsAccount } from './settings-account.ts'
import { settingsApiKeys } from './settings-api-keys.ts'
import { settingsArchived } from './settings-archived.ts'
import { settingsAudit } from './settings-audit.ts'
import { settingsConstitution } from './settings-constitution.ts'
import { settingsDeleted } from './settings-deleted.ts'
import { settingsLimits } from './settings-limits.ts'
import { settingsMemory } from './settings-memory.ts'
import { settingsModels } from './settings-models.ts'
import { settingsPersonas } from './settings-personas.ts'
import { settingsPolicy } from './settings-policy.ts'
import { settingsSecrets } from './settings-secrets.ts'
import { settingsServers } from './settings-servers.ts'
import { settingsTools } from './settings-tools.ts'
import { settingsUsers } from './settings-users.ts'
import { settingsWeb } from './settings-web.ts'
import { state } from './state.ts'
import { ui } from './ui.ts'

export const german = {
  app,
  calls,
  chat,
  context,
  chatContext,
  docs,
  files,
  markdown,
  mfa,
  navigation,
  offline,
  sessions,
  settings,
  settingsAccount,
  settingsApiKeys,
  settingsArchived,
  settingsAudit,
  settingsConstitution,
  settingsDeleted,
  settingsLimits,
  settingsMemory,
  settingsModels,
  settingsPersonas,
  settingsPolicy,
  settingsSecrets,
  settingsServers,
  settingsTools,
  settingsUsers,
  settingsWeb,
  state,
  ui,
}
export type German = typeof german
