/** The page of the keys of model providers. */
export const settingsSecrets = {
  page: {
    title: 'Secrets',
    lead: 'Keys of model providers. They are encrypted before they are stored. No one can read a key back, not even you.',
    listTitle: 'Keys',
    empty: 'No keys yet. Set one below, then name it in a model’s profile.',
    setTitle: 'Set a key',
    replaceTitle: ({ name }: { readonly name: string }) => `Replace the key ${name}`,
    formText: 'Takes effect immediately.',
  },
  row: {
    detail: ({ origin, user, time }: { readonly origin: string; readonly user: string; readonly time: string }) =>
      `Only sent to ${origin} · set by ${user}, ${time}`,
    replaceButton: 'Replace',
    removedNotice: ({ name }: { readonly name: string }) => `Key ${name} removed`,
  },
  form: {
    name: 'Name',
    nameHint: 'Profiles use the key by this name.',
    key: 'Key',
    keyHint: 'At least eight characters, without spaces.',
    origin: 'Allowed address',
    originHint: 'Soma sends this key only there. Leave empty to use the default of the provider or of your profiles.',
    setButton: 'Set key',
    replaceButton: 'Replace key',
    savingButton: 'Encrypting…',
    setNotice: ({ name }: { readonly name: string }) => `Key ${name} set`,
    replacedNotice: ({ name }: { readonly name: string }) => `Key ${name} replaced`,
  },
  dataKey: {
    title: 'Data key',
    text: 'Encrypts this workspace’s secrets. Rotating re-encrypts all of them; the previous key is kept until the next rotation.',
    rotateButton: 'Rotate',
    rotatingButton: 'Rotating…',
    rotatedNotice: ({ count }: { readonly count: number }) =>
      count === 1 ? 'New data key: one secret encrypted again' : `New data key: ${count} secrets encrypted again`,
  },
}
