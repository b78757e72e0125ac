/** Strings that are the same in English and German. */
export const sameInBoth = [
  'navigation.accountMenu.system',
  'settings.roles.admin',
  'settingsApiKeys.create.name',
  'settingsModels.form.name',
  'settingsModels.row.milliseconds',
  'settingsPolicy.active.hash',
  'settingsPolicy.active.revision',
  'settingsSecrets.form.name',
]
