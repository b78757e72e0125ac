/** Strings that are the same in English and German. */
export const sameInBoth = [
  'chat.retry.inSeconds',
  'chat.state.seconds',
  'chat.turn.milliseconds',
  'chat.turn.seconds',
  'markdown.details',
  'navigation.accountMenu.system',
  'navigation.keys.alt',
  'navigation.keys.escape',
  'settings.roles.admin',
  'settingsApiKeys.create.name',
  'settingsModels.form.name',
  'settingsModels.row.milliseconds',
  'settingsPolicy.active.hash',
  'settingsPolicy.active.revision',
  'settingsSecrets.form.name',
  'state.seconds',
]
